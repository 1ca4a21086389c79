namespace AlignedProbing.Gguf;

/// <summary>A model of one or several GGUF files.</summary>
public sealed class GgufModel
{
    private static readonly string[] Ends = ["eos", "eot", "eom"];

    private GgufModel(IReadOnlyList<GgufHeader> files) => Files = files;

    /// <summary>The headers of its files, the first with the metadata.</summary>
    public IReadOnlyList<GgufHeader> Files { get; }

    /// <summary>The metadata.</summary>
    public GgufHeader Header => Files[0];

    /// <summary>Opens a model.</summary>
    /// <param name="path">Its file, of several the first.</param>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    public static GgufModel Open(string path)
    {
        var model = new GgufModel([.. GgufSplits.Of(path).Select(GgufHeader.Read)]);
        var stated = model.Header.Whole("split.count") ?? 1;
        return stated <= 1 || stated == model.Files.Count
            ? model
            : throw GgufErrors.Broken(
                path,
                $"it is one of {stated} parts, and its name does not say which: parts are called NAME-00001-of-{stated:00000}.gguf");
    }

    /// <summary>What <c>config.json</c> would say.</summary>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    public string Config() => GgufConfig.ToJson(Header, [.. Files.SelectMany(file => file.Tensors)]);

    /// <summary>The ids that end a text.</summary>
    /// <exception cref="InputException"><c>gguf-broken</c>: one is no token id.</exception>
    public IReadOnlyList<int> EndOfText() =>
        [.. Ends.Select(role => Header.Whole($"tokenizer.ggml.{role}_token_id")).OfType<int>().Distinct()];
}
