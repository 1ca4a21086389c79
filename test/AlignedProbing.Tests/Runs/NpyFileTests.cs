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
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", "Fortran")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "-2")]
    [InlineData("{'fortran_order': False, 'shape': (2,), }", "descr")]
    public void Headers_that_cannot_be_used_are_named(string header, string named)
    {
        var text = header.PadRight(117) + "\n";
        File.WriteAllBytes(_temporary["a.npy"], [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text), .. new byte[8]]);
        var error = Assert.Throws<InputException>(() => NpyFile.Open(_temporary["a.npy"]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
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
}
