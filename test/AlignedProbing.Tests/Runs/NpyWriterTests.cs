using AlignedProbing.Files;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs;

public sealed class NpyWriterTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Parts_in_any_order_make_the_file_that_is_written_at_once()
    {
        float[] values = [.. Enumerable.Range(0, 24).Select(i => i / 7f)];
        using (var writer = NpyFile.Create(_temporary["parts.npy"], half: false, 2, 3, 4))
        {
            writer.Write(20, values.AsSpan(20));
            writer.Write(0, values.AsSpan(0, 5));
            writer.Write(5, values.AsSpan(5, 15));
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(23, [1, 2]));
        }

        AtomicWrite.File(_temporary["whole.npy"], stream => NpyFile.Write(stream, values, 2, 3, 4));
        Assert.Equal(File.ReadAllBytes(_temporary["whole.npy"]), File.ReadAllBytes(_temporary["parts.npy"]));
    }

    [Fact]
    public void Float16_is_rounded_keeps_what_is_missing_and_refuses_to_overflow()
    {
        // More than are narrowed at a time.
        float[] values = [.. Enumerable.Range(0, 20_000).Select(i => i % 3 == 0 ? float.NaN : i / 7f)];
        using (var writer = NpyFile.Create(_temporary["a.npy"], half: true, values.Length))
        {
            writer.Write(0, values);
            Assert.Throws<OverflowException>(() => writer.Write(1, [65519f, 65520f]));
            writer.Write(1, [values[1], values[2]]);
        }

        Assert.Equal(values.Select(value => (float)(Half)value), NpyFile.ReadAll(_temporary["a.npy"]).Values);
    }
}
