using System.Text;

namespace AlignedProbing.Tests.Shared;

/// <summary>Writes GGUF files, as the format's description says (ggml's docs/gguf.md).</summary>
internal static class GgufBytes
{
    /// <summary>A file of version 3.</summary>
    /// <param name="values">Keys and values: int, float, bool, string, or lists of int, float and string.</param>
    /// <param name="tensors">Names, sizes (slowest first), types, and bytes.</param>
    public static byte[] Of(IEnumerable<(string Key, object Value)> values, IEnumerable<(string Name, long[] Shape, uint Type, byte[] Data)> tensors)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var (keys, all) = (values.ToArray(), tensors.ToArray());
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)all.Length);
        writer.Write((ulong)keys.Length);
        foreach (var (key, value) in keys)
        {
            Text(writer, key);
            writer.Write(Type(value));
            Value(writer, value);
        }

        var offset = 0L;
        foreach (var (name, shape, type, data) in all)
        {
            Text(writer, name);
            writer.Write((uint)shape.Length);
            foreach (var size in shape.Reverse())
            {
                writer.Write(size);
            }

            writer.Write(type);
            writer.Write(offset);
            offset += (data.Length + 31) / 32 * 32;
        }

        foreach (var (_, _, _, data) in all)
        {
            writer.Write(new byte[(32 - (stream.Position % 32)) % 32]);
            writer.Write(data);
        }

        return stream.ToArray();
    }

    private static uint Type(object value) => value switch
    {
        int => 4,
        float => 6,
        bool => 7,
        string => 8,
        _ => 9,
    };

    private static void Value(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case int number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case string text:
                Text(writer, text);
                break;
            default:
                var items = ((Array)value).Cast<object>().ToArray();
                writer.Write(Type(items[0]));
                writer.Write((ulong)items.Length);
                Array.ForEach(items, item => Value(writer, item));
                break;
        }
    }

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }
}
