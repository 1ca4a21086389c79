using System.Buffers.Binary;
using System.Text;

namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Changes safetensors files: mostly the header's JSON, its length kept true, and now and then any byte.</summary>
public sealed class SafetensorsMutator : IMutator
{
    private static readonly JsonMutator Json = new();
    private static readonly ByteMutator Bytes = new();

    /// <inheritdoc/>
    public byte[] Change(byte[] file, Random random)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(random);
        var length = file.Length < 8 ? ulong.MaxValue : BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (random.Next(4) == 0 || length > (ulong)(file.Length - 8))
        {
            return Bytes.Change(file, random);
        }

        var header = Json.Change(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(file, 8, (int)length).TrimEnd()), random);
        return [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. file[(8 + (int)length)..]];
    }
}
