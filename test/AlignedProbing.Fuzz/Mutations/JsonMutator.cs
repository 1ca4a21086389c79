using System.Text.Json;

namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Changes JSON where its structure is: values, names, members, texts.</summary>
public sealed class JsonMutator : IMutator
{
    private static readonly ByteMutator Bytes = new();

    /// <inheritdoc/>
    public byte[] Change(byte[] file, Random random)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(random);
        var result = file;
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            result = random.Next(20) == 0 ? Bytes.Change(result, random) : Once(result, random);
        }

        return result;
    }

    private static byte[] Once(byte[] file, Random random)
    {
        var (values, members) = Places(file);
        if (values.Count == 0)
        {
            return Bytes.Change(file, random);
        }

        var value = values[random.Next(values.Count)];
        var odd = OddTexts.Values[random.Next(OddTexts.Values.Length)];
        switch (random.Next(members.Count == 0 ? 5 : 9))
        {
            case 0 or 1 or 2:
                return Replaced(file, value, odd);
            case 3:
                var (from, to) = values[random.Next(values.Count)];
                return to - from > 4096 ? Replaced(file, value, odd) : Replaced(file, value, file.AsSpan(from, to - from));
            case 4:
                return InText(file, value, random);
            case 5:
                return Without(file, members[random.Next(members.Count)]);
            case 6:
                // A name twice, with another value.
                var (start, name, _) = members[random.Next(members.Count)];
                return Replaced(file, (start, start), [.. file[start..name], (byte)':', .. odd, (byte)',']);
            case 7:
                var (begin, end, _) = members[random.Next(members.Count)];
                return Replaced(file, (begin, end), [(byte)'"', .. OddTexts.Pieces[random.Next(OddTexts.Pieces.Length)], (byte)'"']);
            default:
                var (one, oneEnd, _) = members[random.Next(members.Count)];
                var (other, otherEnd, _) = members[random.Next(members.Count)];
                return Replaced(file, (one, oneEnd), file.AsSpan(other, otherEnd - other));
        }
    }

    // Values as (start, end); members as (start of the name, its end, end of the value).
    private static (List<(int From, int To)> Values, List<(int Start, int NameEnd, int End)> Members) Places(byte[] file)
    {
        var (values, members) = (new List<(int, int)>(), new List<(int, int, int)>());
        var reader = new Utf8JsonReader(file, new JsonReaderOptions { MaxDepth = 1000, AllowMultipleValues = true });
        var open = new Stack<(int Start, int Name, int NameEnd)>();
        var (name, nameEnd) = (-1, -1);
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        (name, nameEnd) = (start, (int)reader.BytesConsumed);
                        // The colon belongs to what is consumed.
                        nameEnd = file.AsSpan(start, nameEnd - start).LastIndexOf((byte)'"') + start + 1;
                        break;
                    case JsonTokenType.StartArray or JsonTokenType.StartObject:
                        open.Push((start, name, nameEnd));
                        name = -1;
                        break;
                    case JsonTokenType.EndArray or JsonTokenType.EndObject:
                        var (from, itsName, itsEnd) = open.Pop();
                        Add(from, itsName, itsEnd, (int)reader.BytesConsumed);
                        name = -1;
                        break;
                    default:
                        Add(start, name, nameEnd, (int)reader.BytesConsumed);
                        name = -1;
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // What was found so far will do.
        }

        return (values, members);

        void Add(int from, int itsName, int itsNameEnd, int to)
        {
            values.Add((from, to));
            if (itsName >= 0)
            {
                members.Add((itsName, itsNameEnd, to));
            }
        }
    }

    private static byte[] Replaced(byte[] file, (int From, int To) place, ReadOnlySpan<byte> by) => [.. file[..place.From], .. by, .. file[place.To..]];

    private static byte[] InText(byte[] file, (int From, int To) value, Random random)
    {
        if (file[value.From] != '"' || value.To - value.From < 2)
        {
            return Replaced(file, value, OddTexts.Values[random.Next(OddTexts.Values.Length)]);
        }

        var at = random.Next(value.From + 1, value.To);
        byte[] piece = random.Next(4) switch
        {
            0 => "\\ud83d"u8.ToArray(),
            1 => "\\ude00"u8.ToArray(),
            2 => [0xFF],
            _ => OddTexts.Pieces[random.Next(OddTexts.Pieces.Length)],
        };
        return Replaced(file, (at, at), piece);
    }

    private static byte[] Without(byte[] file, (int Start, int NameEnd, int End) member)
    {
        var end = member.End;
        while (end < file.Length && file[end] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            end++;
        }

        return Replaced(file, (member.Start, end < file.Length && file[end] == ',' ? end + 1 : member.End), []);
    }
}
