using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>
/// An interpreter of those of Python's pickle opcodes that PyTorch's save writes. It makes numbers, texts, lists, tuples, dictionaries and tensors and nothing
/// else; a class or function is a name that <see cref="PickledCalls"/> either knows or refuses. It does not call itself, copies nothing by reference, and makes
/// a bounded number of values. Source: Python's pickletools; torch/serialization.py.
/// </summary>
internal sealed class PickleReader
{
    /// <summary>Bytes of a pickle at most. A hundred bytes or so describe a tensor.</summary>
    public const long LongestPickle = 64L << 20;

    // Enough for 200,000 tensors.
    private const int MostValues = 4_000_000;
    private const int LongestName = 256;

    private readonly MappedFile _file;
    private readonly string _path;
    private readonly long _end;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _position;
    private int _values;

    private PickleReader(MappedFile file, string path, long start, long end) => (_file, _path, _position, _end) = (file, path, start, end);

    /// <summary>Reads one pickle.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="position">First byte; afterwards the byte after the pickle.</param>
    /// <param name="end">Byte after the last that may belong to it.</param>
    /// <returns>null, bool, long, BigInteger, double, string, byte[], List, object[] (a tuple), or one of this folder's values.</returns>
    /// <exception cref="InputException"><c>torch-file-broken</c>, <c>torch-file-refused</c>.</exception>
    public static object? Read(MappedFile file, string path, ref long position, long end)
    {
        var reader = new PickleReader(file, path, position, Math.Min(end, position + LongestPickle));
        var value = reader.Run();
        position = reader._position;
        return value;
    }

    private object? Run()
    {
        while (true)
        {
            var opcode = (char)Byte();
            if (opcode == '.')
            {
                return _stack.Count == 1 && _marks.Count == 0 ? _stack[0] : throw Broken($"a pickle ends with {_stack.Count} values, not one");
            }

            if (!Number(opcode) && !Text(opcode) && !Container(opcode) && !Memo(opcode))
            {
                Call(opcode);
            }
        }
    }

    private bool Number(char opcode)
    {
        switch (opcode)
        {
            case 'N':
                Push(null);
                break;
            case '\u0088':
                Push(true);
                break;
            case '\u0089':
                Push(false);
                break;
            case 'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)));
                break;
            case 'K':
                Push((long)Byte());
                break;
            case 'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)));
                break;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)));
                break;
            case '\u008a':
                var length = Byte();
                var number = length <= 16 ? new BigInteger(Bytes(length)) : throw Broken($"a whole number has {length} bytes");
                Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number);
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Text(char opcode)
    {
        switch (opcode)
        {
            case 'X':
                Push(Utf8(Length(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))));
                break;
            case '\u008c':
                Push(Utf8(Byte()));
                break;
            case '\u008d':
                Push(Utf8(Length(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)))));
                break;
            case 'U':
                // What Python 2 called a string.
                Push(System.Text.Encoding.Latin1.GetString(Bytes(Byte())));
                break;
            case 'T':
                Push(System.Text.Encoding.Latin1.GetString(Bytes(Length(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))))));
                break;
            case 'B':
                Push(Bytes(Length(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))).ToArray());
                break;
            case 'C':
                Push(Bytes(Byte()).ToArray());
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Container(char opcode)
    {
        switch (opcode)
        {
            case '}':
                Push(new PickledDictionary());
                break;
            case ']':
                Push(new List<object?>());
                break;
            case ')':
                Push(Array.Empty<object?>());
                break;
            case '(':
                _marks.Add(_stack.Count);
                Count();
                break;
            case 't':
                Push(SinceMark());
                break;
            case '\u0085' or '\u0086' or '\u0087':
                Push(PopMany(opcode - '\u0084'));
                break;
            case 's':
                Fill(PopMany(2));
                break;
            case 'u':
                Fill(SinceMark());
                break;
            case 'a':
                Append(PopMany(1));
                break;
            case 'e':
                Append(SinceMark());
                break;
            case '0':
                Pop();
                break;
            case '1':
                SinceMark();
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Memo(char opcode)
    {
        switch (opcode)
        {
            case 'q':
                Remember(Byte());
                break;
            case 'r':
                Remember(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)));
                break;
            case '\u0094':
                Remember(_memo.Count);
                break;
            case 'h':
                Recall(Byte());
                break;
            case 'j':
                Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)));
                break;
            case '\u0080':
                var protocol = Byte();
                if (protocol is < 2 or > 5)
                {
                    throw Broken($"it is of pickle's protocol {protocol}");
                }

                break;
            case '\u0095':
                Bytes(8);
                break;
            default:
                return false;
        }

        return true;
    }

    private void Call(char opcode)
    {
        switch (opcode)
        {
            case 'c':
                Push(PickledCalls.Known(new PickledName(Line(), Line()), _path));
                break;
            case '\u0093':
                var names = PopMany(2);
                Push(
                    names is [string module, string name]
                        ? PickledCalls.Known(new PickledName(module, name), _path)
                        : throw Broken("a class is named by something that is not a text"));
                break;
            case 'R':
                var (arguments, function) = (Pop(), Pop());

                // A dictionary made of a list copies it; a list recalled again and again must not become a dictionary each time.
                Count(arguments is object?[] and [List<object?> pairs] ? pairs.Count : 0);
                Push(PickledCalls.Call(function as PickledName, arguments as object?[], _path));
                break;
            case 'Q':
                Push(PickledCalls.Storage(Pop() as object?[], _path));
                break;
            case 'b':
                // The only state that occurs: the attribute _metadata of a dictionary.
                var (_, owner) = (Pop(), Peek());
                if (owner is not PickledDictionary)
                {
                    throw PickleErrors.Refused(_path, "it gives attributes to something that is not a dictionary");
                }

                break;
            default:
                throw PickleErrors.Refused(
                    _path,
                    $"it has the pickle opcode 0x{(int)opcode:x2} at byte {_position - 1}, which PyTorch does not write for tensors");
        }
    }

    private void Fill(object?[] pairs)
    {
        if (Peek() is not PickledDictionary dictionary || pairs.Length % 2 != 0)
        {
            throw Broken("it fills something that is not a dictionary, or with a key without a value");
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            dictionary.Entries.Add((pairs[i], pairs[i + 1]));
        }
    }

    private void Append(object?[] values)
    {
        if (Peek() is not List<object?> list)
        {
            throw Broken("it appends to something that is not a list");
        }

        list.AddRange(values);
    }

    private void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    private void Count(int more = 1)
    {
        _values += more;
        if (_values > MostValues)
        {
            throw Broken($"it makes more than {MostValues} values");
        }
    }

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Broken("it takes a value from an empty stack");

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        if (_stack.Count - count < Floor)
        {
            throw Broken("it takes a value from an empty stack");
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] SinceMark()
    {
        if (_marks.Count == 0)
        {
            throw Broken("it looks for a mark that is not there");
        }

        var values = PopMany(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    private void Remember(long index)
    {
        Count();
        _memo[index] = Peek();
    }

    private void Recall(long index) => Push(_memo.TryGetValue(index, out var value) ? value : throw Broken($"it recalls value {index}, which it has not kept"));

    private byte Byte() => Bytes(1)[0];

    private int Length(ulong claimed) =>
        claimed <= (ulong)(_end - _position) ? (int)claimed : throw Broken($"a text of {claimed} bytes is announced and {_end - _position} are left");

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _end - _position)
        {
            throw Broken(
                _end - _position < LongestPickle && _position + count > _file.Length
                    ? "the file ends within its description of tensors"
                    : "its description of tensors does not end");
        }

        var bytes = _file.Bytes(_position, count);
        _position += count;
        return bytes;
    }

    private string Utf8(int length)
    {
        try
        {
            return StrictUtf8.GetString(Bytes(length));
        }
        catch (DecoderFallbackException error)
        {
            throw PickleErrors.Broken(_path, "a text in it is not UTF-8", error);
        }
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (var letter = Byte(); letter != '\n'; letter = Byte())
        {
            line.Append(line.Length < LongestName ? (char)letter : throw Broken("a class has a name of more than 256 letters"));
        }

        return line.ToString();
    }

    private static UTF8Encoding StrictUtf8 { get; } = new(false, throwOnInvalidBytes: true);

    private InputException Broken(string found) => PickleErrors.Broken(_path, found);
}
