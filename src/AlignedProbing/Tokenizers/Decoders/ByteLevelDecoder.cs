using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Reads tokens written in the byte alphabet; bytes that are no UTF-8 become U+FFFD. A token with any other character stands for itself.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            var start = bytes.Count;
            foreach (var character in token)
            {
                var value = ByteAlphabet.ToByte(character);
                if (value < 0)
                {
                    bytes.RemoveRange(start, bytes.Count - start);
                    bytes.AddRange(Encoding.UTF8.GetBytes(token));
                    break;
                }

                bytes.Add((byte)value);
            }
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }
}
