using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AlignedProbing.Torch.Tests.Checkpoints;

/// <summary>Writes small safetensors files, right and wrong ones.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A file from a header as it is and a number of data bytes 0, 1, 2, ...</summary>
    public static byte[] Raw(string header, int dataLength, ulong? claimedLength = null)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + text.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)text.Length);
        text.CopyTo(file, 8);
        for (var i = 0; i < dataLength; i++)
        {
            file[8 + text.Length + i] = (byte)i;
        }

        return file;
    }

    /// <summary>A correct file of float32 tensors, its data aligned to 8 bytes.</summary>
    public static byte[] Of(params ReadOnlySpan<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var header = new System.Text.StringBuilder("{");
        var data = new List<byte>();
        foreach (var (name, shape, values) in tensors)
        {
            var begin = data.Count;
            data.AddRange(MemoryMarshal.AsBytes(values.AsSpan()));
            header
                .Append(header.Length > 1 ? "," : "")
                .Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{begin},{data.Count}]}}");
        }

        var text = (header + "}").PadRight((header.Length + 1 + 7) / 8 * 8);
        var file = Raw(text, data.Count);
        data.CopyTo(file, 8 + text.Length);
        return file;
    }
}
