using System.Buffers.Binary;
using System.Text.Json;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// Writes a safetensors file of bfloat16 tensors: 8 bytes of header length, a JSON header padded with blanks to 8 bytes, the data in the order of the keys.
/// </summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes the file.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="tensors">Shape and values by key; values must be bfloat16 exactly (<see cref="Round"/>).</param>
    public static void Write(Stream destination, SortedDictionary<string, (long[] Shape, float[] Values)> tensors)
    {
        using var header = new MemoryStream();
        using (var writer = new Utf8JsonWriter(header))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            var offset = 0L;
            foreach (var (key, (shape, values)) in tensors)
            {
                writer.WriteStartObject(key);
                writer.WriteString("dtype", "BF16");
                writer.WriteStartArray("shape");
                foreach (var size in shape)
                {
                    writer.WriteNumberValue(size);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += 2L * values.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        destination.Write(length);
        header.WriteTo(destination);
        foreach (var (_, (_, values)) in tensors)
        {
            var bytes = new byte[2 * values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
            }

            destination.Write(bytes);
        }
    }

    /// <summary>The nearest bfloat16, of two equally near the even one.</summary>
    public static float Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
}
