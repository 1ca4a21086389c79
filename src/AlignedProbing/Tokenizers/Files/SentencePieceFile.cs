namespace AlignedProbing.Tokenizers.Files;

/// <summary>A piece of a SentencePiece vocabulary.</summary>
/// <param name="Text">How it is written.</param>
/// <param name="Score">Its log-probability, or for byte-pair models minus its rank.</param>
/// <param name="Kind">1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</param>
internal readonly record struct SentencePiece(string Text, float Score, int Kind)
{
    public const int Control = 3;
    public const int UserDefined = 4;
}

/// <summary>What a SentencePiece model file holds, as far as tokenizing needs it (sentencepiece_model.proto of google/sentencepiece).</summary>
internal sealed class SentencePieceFile
{
    public const int Unigram = 1;
    public const int BytePair = 2;

    private SentencePieceFile()
    {
    }

    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>1 unigram, 2 byte pairs, 3 words, 4 characters.</summary>
    public int ModelType { get; private set; } = Unigram;

    public int UnknownId { get; private set; }

    public string UnknownPiece { get; private set; } = "<unk>";

    /// <summary>The compiled normalization rules; empty where there are none.</summary>
    public byte[] NormalizationRules { get; private set; } = [];

    /// <summary>A model of byte pairs whose pieces are known already.</summary>
    public static SentencePieceFile OfBytePairs(IEnumerable<SentencePiece> pieces, int unknownId)
    {
        var file = new SentencePieceFile { ModelType = BytePair, UnknownId = unknownId };
        file.Pieces.AddRange(pieces);
        file.UnknownPiece = file.Pieces[unknownId].Text;
        return file;
    }

    /// <exception cref="TokenizerException">It is not such a file, or damaged.</exception>
    public static SentencePieceFile Read(byte[] bytes)
    {
        var file = new SentencePieceFile();
        var reader = new ProtobufReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    file.Pieces.Add(ReadPiece(reader.Bytes()));
                    break;
                case 2:
                    file.ReadTrainer(reader.Bytes());
                    break;
                case 3:
                    file.ReadNormalizer(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return file.Pieces.Count > 0
            ? file
            : throw new TokenizerException("reading a SentencePiece model", "it has no pieces", "Download the file again");
    }

    private static SentencePiece ReadPiece(ReadOnlySpan<byte> message)
    {
        var (text, score, kind) = ("", 0f, 1);
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.Text();
                    break;
                case 2:
                    score = reader.Float();
                    break;
                case 3:
                    kind = reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SentencePiece(text, score, kind);
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 3:
                    ModelType = reader.Number();
                    break;
                case 40:
                    UnknownId = reader.Number();
                    break;
                case 45:
                    UnknownPiece = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == 2)
            {
                NormalizationRules = reader.Bytes().ToArray();
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
