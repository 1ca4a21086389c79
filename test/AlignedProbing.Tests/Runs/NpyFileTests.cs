using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Float32_comes_back_bit_for_bit()
    {
        float[] values = [1.5f, -0f, float.NaN, float.PositiveInfinity, 1e-42f, 7];
        AtomicWrite.File(_temporary["a.npy"], stream => NpyFile.Write(stream, values, 2, 3));
        var (read, shape) = NpyFile.ReadAll(_temporary["a.npy"]);
        Assert.Equal([2L, 3L], shape);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void The_header_is_what_numpy_writes()
    {
        using var stream = new MemoryStream();
        NpyFile.Write(stream, [1f, 2f], 2);
        var bytes = stream.ToArray();
        Assert.Equal(128 + 8, bytes.Length);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Encoding.ASCII.GetString(bytes, 10, 118).TrimEnd());
        Assert.Equal((byte)'\n', bytes[127]);
    }

    [Fact]
    public void Parts_are_read_from_where_they_lie()
    {
        AtomicWrite.File(_temporary["a.npy"], stream => NpyFile.Write(stream, [.. Enumerable.Range(0, 24).Select(i => (Half)i)], 2, 3, 4));
        using var file = NpyFile.Open(_temporary["a.npy"]);
        var part = new float[3];
        file.Read(13, part);
        Assert.Equal([13f, 14f, 15f], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(22, part));
    }

    [Fact]
    public void A_truncated_file_is_refused_with_both_sizes()
    {
        AtomicWrite.File(_temporary["a.npy"], stream => NpyFile.Write(stream, new float[10], 10));
        using (var file = File.OpenWrite(_temporary["a.npy"]))
        {
            file.SetLength(150);
        }

        var error = Assert.Throws<InputException>(() => NpyFile.Open(_temporary["a.npy"]));
        Assert.Contains("promises 168 bytes and it has 150", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "|O")]
    [InlineData("{'descr': '<f4', 'fortran_order': maybe, 'shape': (2,), }", "fortran_order is maybe")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "<c8")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1000000000000), }", "promises")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1000000, 1000000000000, 99), }", "promises")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 0), }", "promises 128 bytes and it has 136")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "-2")]
    [InlineData("{'fortran_order': False, 'shape': (2,), }", "descr")]
    public void Headers_that_cannot_be_used_are_named(string header, string named)
    {
        Write(header, new byte[8]);
        var error = Assert.Throws<InputException>(() => NpyFile.Open(_temporary["a.npy"]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Element types, and 0, 1 and the largest number of each, as numpy stores them (numpy 2.3, tobytes).</summary>
    [Theory]
    [InlineData("<f2", "0000003CFF7B", 65504)]
    [InlineData(">f2", "00003C007BFF", 65504)]
    [InlineData(">f4", "000000003F8000004F000000", 2147483648)]
    [InlineData("<f8", "0000000000000000000000000000F03F00000000000000C0", -2)]
    [InlineData(">f8", "00000000000000003FF0000000000000C000000000000000", -2)]
    [InlineData("|b1", "000101", 1)]
    [InlineData("|i1", "000180", -128)]
    [InlineData("|u1", "0001FF", 255)]
    [InlineData("<i2", "000001000080", -32768)]
    [InlineData(">u2", "00000001FFFF", 65535)]
    [InlineData(">i4", "0000000000000001FFFFFFFE", -2)]
    [InlineData("<u4", "0000000001000000FFFFFFFF", 4294967295)]
    [InlineData(">i8", "00000000000000000000000000000001FFFFFFFFFFFFFFFE", -2)]
    [InlineData("<u8", "000000000000000001000000000000000000000001000000", 4294967296)]
    public void Elements_of_every_type_and_byte_order_are_read(string type, string bytes, double largest)
    {
        Write($"{{'descr': '{type}', 'fortran_order': False, 'shape': (3,), }}", Convert.FromHexString(bytes));
        var (values, _) = NpyFile.ReadAll(_temporary["a.npy"]);
        Assert.Equal([0, 1, (float)largest], values);
        using var file = NpyFile.Open(_temporary["a.npy"]);
        if (type[1] == 'f')
        {
            Assert.Contains(type, Assert.Throws<InputException>(() => file.ReadIntegers()).Found, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal([0, 1, (long)largest], file.ReadIntegers());
        }
    }

    [Fact]
    public void Fortran_order_is_read_in_C_order()
    {
        // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)): the first index runs fastest.
        var stored = Enumerable.Range(0, 24).Select(i => (byte)((i % 2 * 12) + (i / 2 % 3 * 4) + (i / 6)));
        Write("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", [.. stored]);
        var (values, shape) = NpyFile.ReadAll(_temporary["a.npy"]);
        Assert.Equal([2, 3, 4], shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), values);
        using var file = NpyFile.Open(_temporary["a.npy"]);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (long)i), file.ReadIntegers());
        var part = new float[3];
        file.Read(11, part);
        Assert.Equal([11f, 12, 13], part);
    }

    [Fact]
    public void A_whole_number_beyond_64_bits_with_a_sign_is_refused()
    {
        Write("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0, 0, 0, 0, 0x80]);
        using var file = NpyFile.Open(_temporary["a.npy"]);
        Assert.Contains("beyond 2^63", Assert.Throws<InputException>(() => file.ReadIntegers()).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_numpy_wrote_are_read()
    {
        var (values, shape) = NpyFile.ReadAll(SharedData.Path("goldens", "smollm2", "rtp_input_L0.npy"));
        Assert.Equal([1996L, 576L], shape);
        Assert.All(values, value => Assert.True(float.IsFinite(value)));
        using var folds = NpyFile.Open(SharedData.Path("goldens", "probing", "folds", "n1996_fold0_test.npy"));
        Assert.Equal(499, folds.ReadIntegers().Length);
    }

    private void Write(string header, byte[] elements)
    {
        var text = header.PadRight(117) + "\n";
        File.WriteAllBytes(_temporary["a.npy"], [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text), .. elements]);
    }
}
