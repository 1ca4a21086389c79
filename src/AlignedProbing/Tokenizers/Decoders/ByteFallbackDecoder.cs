using System.Globalization;
using System.Text;

namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Reads runs of byte tokens, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, as UTF-8; a run that is none becomes one U+FFFD for each byte.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            if (TryReadByte(token, out var value))
            {
                bytes.Add(value);
            }
            else
            {
                Flush(bytes, output);
                output.Add(token);
            }
        }

        Flush(bytes, output);
        return output;
    }

    private static bool TryReadByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> bytes, List<string> output)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        try
        {
            output.Add(Strict.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            output.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
        }

        bytes.Clear();
    }
}
