namespace AlignedProbing.Tokenizers;

/// <summary>Finds and reads the tokenizer of a model folder.</summary>
internal static class TokenizerFolder
{
    public static Tokenizer Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var asked = $"reading the tokenizer in '{folder}'";
        if (!Directory.Exists(folder))
        {
            throw new TokenizerException(asked, "there is no such folder", "Give the folder of a model");
        }

        var path = Path.Combine(folder, "tokenizer.json");
        return File.Exists(path)
            ? ReadFile(path)
            : throw new TokenizerException(asked, "it has no tokenizer.json", "Give a model folder with tokenizer.json");
    }

    public static Tokenizer ReadFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return new Tokenizer(TokenizerFile.Read(ReadBytes(path)));
        }
        catch (TokenizerException e)
        {
            throw new TokenizerException($"reading the tokenizer '{path}'", e.Found, e.Remedy, e.InnerException);
        }
    }

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
