using System.Buffers.Binary;

namespace AlignedProbing.Torch.Tests.Checkpoints;

/// <summary>Writes pickles and the zip files around them, right and wrong ones, byte by byte.</summary>
internal static class TorchFileBytes
{
    /// <summary>A pickle of protocol 2 from its opcodes, without the last.</summary>
    public static byte[] Pickle(params ReadOnlySpan<byte[]> opcodes) => [0x80, 2, .. Join(opcodes), (byte)'.'];

    public static byte[] Join(params ReadOnlySpan<byte[]> parts)
    {
        var all = new List<byte>();
        foreach (var part in parts)
        {
            all.AddRange(part);
        }

        return [.. all];
    }

    public static byte[] Op(char opcode) => [(byte)opcode];

    public static byte[] Text(string text) =>
        [(byte)'X', .. Int32((uint)System.Text.Encoding.UTF8.GetByteCount(text)), .. System.Text.Encoding.UTF8.GetBytes(text)];

    public static byte[] Number(long number) => [0x8a, 8, .. Int64(number)];

    public static byte[] Global(string module, string name) => [(byte)'c', .. System.Text.Encoding.ASCII.GetBytes($"{module}\n{name}\n")];

    /// <summary>A tuple; every value is the opcodes that make it.</summary>
    public static byte[] Tuple(params ReadOnlySpan<byte[]> values) => [(byte)'(', .. Join(values), (byte)'t'];

    public static byte[] Call(string module, string name, params ReadOnlySpan<byte[]> arguments) => [.. Global(module, name), .. Tuple(arguments), (byte)'R'];

    public static byte[] Storage(string key, long count, string type = "FloatStorage") =>
        [.. Tuple(Text("storage"), Global("torch", type), Text(key), Text("cpu"), Number(count)), (byte)'Q'];

    public static byte[] Tensor(byte[] storage, long offset, long[] shape, long[] strides) => Call(
        "torch._utils",
        "_rebuild_tensor_v2",
        storage,
        Number(offset),
        Tuple([.. shape.Select(Number)]),
        Tuple([.. strides.Select(Number)]),
        [0x89],
        Call("collections", "OrderedDict"));

    /// <summary>A dictionary with one entry.</summary>
    public static byte[] Dictionary(string name, byte[] value) => [(byte)'}', (byte)'(', .. Text(name), .. value, (byte)'u'];

    /// <summary>A zip file as PyTorch writes it, with the pickle and parts.</summary>
    public static byte[] Archive(byte[] pickle, params ReadOnlySpan<(string Key, byte[] Data)> parts)
    {
        var entries = new List<(string, byte[])> { ("archive/data.pkl", pickle) };
        foreach (var (key, data) in parts)
        {
            entries.Add(($"archive/data/{key}", data));
        }

        return Zip([.. entries]);
    }

    /// <summary>A zip file.</summary>
    /// <param name="entries">Names and contents.</param>
    /// <param name="method">0: stored.</param>
    /// <param name="claimed">What is added to each length.</param>
    public static byte[] Zip((string Name, byte[] Data)[] entries, ushort method = 0, int claimed = 0)
    {
        var (file, directory) = (new List<byte>(), new List<byte>());
        foreach (var (name, data) in entries)
        {
            var (start, letters) = (file.Count, System.Text.Encoding.UTF8.GetBytes(name));
            byte[] common =
            [
                .. Int16(method),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                .. Int32((uint)(data.Length + claimed)),
                .. Int32((uint)(data.Length + claimed)),
                .. Int16((ushort)letters.Length),
                0,
                0,
            ];
            file.AddRange([.. "PK\u0003\u0004"u8, 10, 0, 0, 0, .. common, .. letters, .. data]);
            directory.AddRange([.. "PK\u0001\u0002"u8, 10, 0, 10, 0, 0, 0, .. common, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Int32((uint)start), .. letters]);
        }

        return
        [
            .. file,
            .. directory,
            .. "PK\u0005\u0006"u8,
            0,
            0,
            0,
            0,
            .. Int16((ushort)entries.Length),
            .. Int16((ushort)entries.Length),
            .. Int32((uint)directory.Count),
            .. Int32((uint)file.Count),
            0,
            0,
        ];
    }

    public static byte[] Floats(params ReadOnlySpan<float> values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();

    public static byte[] Int32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Int16(ushort value) => [(byte)value, (byte)(value >> 8)];
}
