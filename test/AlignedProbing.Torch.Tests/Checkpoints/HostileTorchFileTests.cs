using System.Diagnostics;
using AlignedProbing.Torch.Checkpoints;
using static AlignedProbing.Torch.Tests.Checkpoints.TorchFileBytes;

namespace AlignedProbing.Torch.Tests.Checkpoints;

/// <summary>Files made to do harm: each is refused, by its name, in bounded time and memory, and nothing in it is executed.</summary>
public class HostileTorchFileTests
{
    /// <summary>A pickle, and what the message says of it.</summary>
    public static TheoryData<string, string> Programs => new()
    {
        { "os.system", "'posix.system'" },
        { "eval by its name on the stack", "'builtins.eval'" },
        { "a class of torch that is no tensor", "'torch.load'" },
        { "an old opcode", "opcode 0x69" },
        { "an extension", "opcode 0x82" },
        { "attributes of a list", "gives attributes" },
        { "a call of a text", "not a function" },
        { "a tensor rebuilt with too few values", "with other values" },
        { "a reference to a file", "outside itself" },
        { "a storage of an unknown type", "'torch.StringStorage'" },
        { "a list", "something else than a dictionary" },
        { "a name that is a number", "'7' is no tensor" },
        { "a whole number as a tensor", "'a' is no tensor" },
        { "a text of 4 GB", "4294967295 bytes is announced" },
        { "a text of 8 exabytes", "is announced" },
        { "a number of 200 bytes", "200 bytes" },
        { "no text", "not UTF-8" },
        { "a long name", "more than 256 letters" },
        { "an empty stack", "empty stack" },
        { "below a mark", "empty stack" },
        { "no mark", "a mark that is not there" },
        { "a value not kept", "has not kept" },
        { "two values at the end", "2 values" },
        { "no end", "does not end" },
        { "protocol 9", "protocol 9" },
        { "beyond the memory", "reaches to element 4" },
        { "beyond the memory by a huge stride", "reaches to element" },
        { "a negative offset", "not what they should be" },
        { "a negative stride", "not what they should be" },
        { "an overflowing shape", "" },
        { "one element a billion times", "repeats the 4 elements" },
        { "more memory than the part has", "missing or has fewer" },
        { "memory that is a path", "missing or has fewer" },
        { "the same name twice", "stands there twice" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_is_refused_by_what_it_does(string program, string found)
    {
        using var folder = TorchFileTests.With(Archive(Make(program), ("0", Floats(1, 2, 3, 4))));
        var error = Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath));
        Assert.StartsWith("torch-file-", error.Code, StringComparison.Ordinal);
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nested tuples", "something else than a dictionary")]
    [InlineData("nested marks", "more than 4000000 values")]
    [InlineData("a list in itself", "something else than a dictionary")]
    [InlineData("lists of lists of lists", "something else than a dictionary")]
    [InlineData("a list made a dictionary again and again", "more than 4000000 values")]
    [InlineData("a value kept again and again", "more than 4000000 values")]
    public void Depth_and_repetition_cost_bounded_time_and_memory(string program, string found)
    {
        using var folder = TorchFileTests.With(Archive(Make(program)));
        var (before, started) = (GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
        var error = Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath));
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 2L << 30);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_compressed_part_is_not_unpacked()
    {
        var pickle = Pickle(Dictionary("a", Tensor(Storage("0", 4), 0, [4], [1])));
        Check(Zip([("archive/data.pkl", pickle), ("archive/data/0", Floats(1, 2, 3, 4))], method: 8), "torch-file-refused", "compressed");
    }

    [Fact]
    public void A_zip_file_that_is_none_is_refused()
    {
        var pickle = Pickle(Dictionary("a", Tensor(Storage("0", 4), 0, [4], [1])));
        (string, byte[])[] parts = [("archive/data.pkl", pickle), ("archive/data/0", Floats(1, 2, 3, 4))];
        Check(Zip(parts, claimed: 1 << 20), "torch-file-broken", "past the file's end");
        Check(Zip([.. parts, .. parts]), "torch-file-broken", "two of its parts");
        Check(Zip([("archive/data.pkl", pickle), ("other/data.pkl", pickle)]), "torch-file-broken", "2 parts called data.pkl");
        Check(Zip([("archive/sub/data.pkl", pickle)]), "torch-file-broken", "0 parts called data.pkl");
        Check(Zip([.. parts, ("archive/byteorder", "big   "u8.ToArray())]), "torch-file-refused", "little-endian");
        Check([.. "PK\u0003\u0004"u8, .. new byte[100]], "torch-file-broken", "no end of one");
        Check([.. new byte[100]], "torch-file-broken", "begins neither");
        Check([1], "torch-file-broken", "too few");

        // An end that claims a list elsewhere, and more parts than there is room for.
        var zip = Zip(parts);
        zip[^3] = 0x7f;
        Check(zip, "torch-file-broken", "not where its end says");
        zip = Zip(parts);
        zip[^12] = 0xff;
        Check(zip, "torch-file-broken", "not where its end says");
    }

    private static void Check(byte[] file, string code, string found)
    {
        using var folder = TorchFileTests.With(file);
        var error = Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath));
        Assert.Equal(code, error.Code);
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
    }

    private static byte[] Make(string program) =>
        program switch
        {
            "os.system" => Pickle(Call("posix", "system", Text("touch was-here"))),
            "eval by its name on the stack" => Pickle(Text("builtins"), Text("eval"), [0x93], Tuple(Text("1")), Op('R')),
            "a class of torch that is no tensor" => Pickle(Call("torch", "load", Text("x"))),
            "an old opcode" => Pickle(Op('('), Op('i')),
            "an extension" => Pickle([0x82, 1]),
            "attributes of a list" => Pickle(Op(']'), Op('}'), Op('b')),
            "a call of a text" => Pickle(Text("print"), Tuple(), Op('R')),
            "a tensor rebuilt with too few values" => Pickle(Call("torch._utils", "_rebuild_tensor_v2", Storage("0", 4))),
            "a reference to a file" => Pickle(Tuple(Text("module"), Text("x")), Op('Q')),
            "a storage of an unknown type" => Pickle(Storage("0", 4, "StringStorage")),
            "a list" => Pickle(Op(']')),
            "a name that is a number" => Pickle([(byte)'}', (byte)'(', .. Number(7), .. Four(), (byte)'u']),
            "a whole number as a tensor" => Pickle(Dictionary("a", Number(1))),
            "a text of 4 GB" => Pickle([(byte)'X', 255, 255, 255, 255]),
            "a text of 8 exabytes" => Pickle([0x8d, .. Int64(long.MaxValue)]),
            "a number of 200 bytes" => Pickle([0x8a, 200, .. new byte[200]]),
            "no text" => Pickle([(byte)'X', 1, 0, 0, 0, 0xff]),
            "a long name" => Pickle(Global(new string('a', 300), "b")),
            "an empty stack" => Pickle(Op('R')),
            "below a mark" => Pickle(Text("a"), Op('('), Op('R')),
            "no mark" => Pickle(Op('t')),
            "a value not kept" => Pickle([(byte)'h', 3]),
            "two values at the end" => Pickle(Op('}'), Op('}')),
            "no end" => [0x80, 2, (byte)'}'],
            "protocol 9" => [0x80, 9, (byte)'}', (byte)'.'],
            "beyond the memory" => Pickle(Dictionary("a", Tensor(Storage("0", 4), 1, [4], [1]))),
            "beyond the memory by a huge stride" => Pickle(Dictionary("a", Tensor(Storage("0", 4), 0, [3], [long.MaxValue]))),
            "a negative offset" => Pickle(Dictionary("a", Tensor(Storage("0", 4), -1, [4], [1]))),
            "a negative stride" => Pickle(Dictionary("a", Tensor(Storage("0", 4), 3, [4], [-1]))),
            "an overflowing shape" => Pickle(Dictionary("a", Tensor(Storage("0", 4), 0, [1L << 32, 1L << 32], [0, 0]))),
            "one element a billion times" => Pickle(Dictionary("a", Tensor(Storage("0", 4), 0, [1_000_000_000], [0]))),
            "more memory than the part has" => Pickle(Dictionary("a", Tensor(Storage("0", 5), 0, [5], [1]))),
            "memory that is a path" => Pickle(Dictionary("a", Tensor(Storage("../../../../etc/passwd", 4), 0, [4], [1]))),
            "the same name twice" => Pickle([(byte)'}', (byte)'(', .. Text("a"), .. Four(), .. Text("a"), .. Four(), (byte)'u']),
            "nested tuples" => Pickle(Op(')'), Many([0x85], 3_000_000)),
            "nested marks" => Pickle(Many([(byte)'('], 5_000_000)),
            "a list in itself" => Pickle(Op(']'), [(byte)'q', 0, (byte)'h', 0, (byte)'a']),
            "lists of lists of lists" => Pickle(
                Op(']'),
                [(byte)'q', 0],
                Many([(byte)'0', (byte)']', (byte)'h', 0, (byte)'a', (byte)'h', 0, (byte)'a', (byte)'q', 0], 500_000)),
            "a list made a dictionary again and again" => Pickle(
                Op(']'),
                [(byte)'q', 0],
                Op('('),
                Many([(byte)')', (byte)'0', (byte)'N', (byte)'N', 0x86], 200_000),
                Op('e'),
                Many([.. Global("collections", "OrderedDict"), (byte)'h', 0, 0x85, (byte)'R', (byte)'0'], 10_000)),
            "a value kept again and again" => Pickle(Op('}'), [.. Enumerable.Range(0, 5_000_000).SelectMany(i => (byte[])[(byte)'r', .. Int32((uint)i)])]),
            _ => throw new ArgumentOutOfRangeException(nameof(program), program, "unknown"),
        };

    private static byte[] Four() => Tensor(Storage("0", 4), 0, [4], [1]);

    private static byte[] Many(byte[] opcodes, int times)
    {
        var all = new byte[opcodes.Length * times];
        for (var i = 0; i < times; i++)
        {
            opcodes.CopyTo(all, i * opcodes.Length);
        }

        return all;
    }
}
