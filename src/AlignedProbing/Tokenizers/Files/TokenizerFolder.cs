using AlignedProbing.Gguf;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>Finds and reads the tokenizer of a model folder.</summary>
internal static class TokenizerFolder
{
    private static readonly string[] SentencePieceNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    public static Tokenizer Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (GgufHeader.Is(folder))
        {
            return ReadFile(folder);
        }

        var asked = $"reading the tokenizer in '{folder}'";
        if (!Directory.Exists(folder))
        {
            throw new TokenizerException(asked, "there is no such folder", "Give the folder of a model");
        }

        var path = Path.Combine(folder, "tokenizer.json");
        try
        {
            if (File.Exists(path))
            {
                return ReadWithConfiguration(folder, path);
            }

            return new Tokenizer(ReadOlderForm(folder));
        }
        catch (TokenizerException e)
        {
            throw new TokenizerException(asked, $"{e.Asked}: {e.Found}", e.Remedy, e.InnerException);
        }
    }

    private static Tokenizer ReadWithConfiguration(string folder, string path)
    {
        var config = TokenizerConfig.Read(folder);
        if (!config.IsGiven)
        {
            return ReadFile(path);
        }

        var rules = new ClassRules(config);
        if (rules.NeedsPieces && Array.Exists(SentencePieceNames, name => File.Exists(Path.Combine(folder, name))))
        {
            return new Tokenizer(ReadOlderForm(folder));
        }

        TokenizerParts parts;
        try
        {
            parts = TokenizerFile.Read(ReadBytes(path), rules.Adjust);
        }
        catch (TokenizerException e)
        {
            throw new TokenizerException($"reading the tokenizer '{path}'", e.Found, e.Remedy, e.InnerException);
        }

        var tokenizer = new Tokenizer(rules.Finish(parts));
        rules.CheckPrefixSpace(tokenizer);
        return tokenizer;
    }

    public static Tokenizer ReadFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return new Tokenizer(GgufHeader.Is(path) ? GgufTokenizer.Read(GgufModel.Open(path).Header) : TokenizerFile.Read(ReadBytes(path)));
        }
        catch (TokenizerException e)
        {
            throw new TokenizerException($"reading the tokenizer '{path}'", e.Found, e.Remedy, e.InnerException);
        }
    }

    /// <summary>The forms of folders from before tokenizer.json: a vocabulary, or a SentencePiece model, and a configuration that names the class.</summary>
    private static TokenizerParts ReadOlderForm(string folder)
    {
        var config = TokenizerConfig.Read(folder);
        var piecesPath = Array.Find(
            [.. SentencePieceNames.Select(name => Path.Combine(folder, name))],
            File.Exists);
        var hasMerges = File.Exists(Path.Combine(folder, "vocab.json")) && File.Exists(Path.Combine(folder, "merges.txt"));
        var hasWords = File.Exists(Path.Combine(folder, "vocab.txt"));
        return config.TokenizerClass switch
        {
            "BertTokenizer" or "DistilBertTokenizer" or "ElectraTokenizer" when hasWords => VocabularyFiles.ReadBert(folder, config),
            null when hasWords => VocabularyFiles.ReadBert(folder, config),
            "GPT2Tokenizer" when hasMerges => VocabularyFiles.ReadGpt2(folder, config),
            null when hasMerges => VocabularyFiles.ReadGpt2(folder, config),
            "RobertaTokenizer" or "BartTokenizer" or "LongformerTokenizer" when hasMerges => VocabularyFiles.ReadRoberta(folder, config),
            "Qwen2Tokenizer" when hasMerges => VocabularyFiles.ReadQwen2(folder, config),
            "LlamaTokenizer" when piecesPath is not null => SentencePieceFiles.ReadLlama(ReadPieces(piecesPath), config),
            "T5Tokenizer" when piecesPath is not null => SentencePieceFiles.ReadT5(ReadPieces(piecesPath), config),
            "XLMRobertaTokenizer" when piecesPath is not null => SentencePieceFiles.ReadXlmRoberta(ReadPieces(piecesPath), config),
            null => throw new TokenizerException(
                "looking for its files",
                piecesPath is null ? "the folder has no tokenizer.json and no vocabulary" : "no file says what class of tokenizer it is",
                "Add tokenizer.json (in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder))"),
            var name => throw new TokenizerException(
                "looking for its files",
                $"the folder has no tokenizer.json, and its class '{name}' cannot be read from the files that are there",
                "Add tokenizer.json (in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder))"),
        };
    }

    private static SentencePieceFile ReadPieces(string path) => SentencePieceFile.Read(ReadBytes(path));

    /// <summary>The bytes of a file of a size that can be.</summary>
    public static byte[] ReadBytes(string path)
    {
        var asked = $"reading the tokenizer's file '{path}'";
        try
        {
            var length = new FileInfo(path).Length;
            return length <= TokenizerFile.LargestSize
                ? File.ReadAllBytes(path)
                : throw new TokenizerException(asked, $"it has {length} bytes, more than any tokenizer", "Check that this is the tokenizer's file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(asked, e.Message.TrimEnd('.'), "Check the path and that you may read it", e);
        }
    }
}
