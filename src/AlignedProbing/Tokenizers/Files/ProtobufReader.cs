using System.Buffers.Binary;
using System.Text;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>
/// Reads the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding). Every length is checked against what is left; groups, which
/// no current file has, are refused.
/// </summary>
internal ref struct ProtobufReader
{
    private readonly ReadOnlySpan<byte> _message;
    private int _position;
    private int _wireType;

    public ProtobufReader(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Moves to the next field; false at the end.</summary>
    public bool Read()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        var key = ReadVariable();
        Field = (int)(key >> 3) & 0x1FFFFFFF;
        _wireType = (int)(key & 7);
        return true;
    }

    /// <summary>The current field as a whole number.</summary>
    public int Number()
    {
        Require(0);
        return (int)ReadVariable();
    }

    /// <summary>The current field as a 32-bit float.</summary>
    public float Float()
    {
        Require(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>The current field as bytes, or as a message to be read.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Require(2);
        var length = ReadVariable();
        return length <= (ulong)(_message.Length - _position) ? Take((int)length) : throw Damaged("a field is longer than the file");
    }

    /// <summary>The current field as text.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Passes over the current field.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                ReadVariable();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Damaged($"a field has the unknown wire type {_wireType}");
        }
    }

    private ulong ReadVariable()
    {
        var value = 0ul;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged("a number is longer than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _message.Length - _position)
        {
            throw Damaged("it ends within a field");
        }

        var bytes = _message.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private readonly void Require(int wireType)
    {
        if (_wireType != wireType)
        {
            throw Damaged($"field {Field} has the wire type {_wireType} instead of {wireType}");
        }
    }

    private static TokenizerException Damaged(string found) =>
        new("reading a SentencePiece model", $"it is not one, or damaged: {found}", "Download the file again");
}
