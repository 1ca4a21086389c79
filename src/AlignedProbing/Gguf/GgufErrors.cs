namespace AlignedProbing.Gguf;

/// <summary>What can be wrong with a GGUF file, worded in one place.</summary>
public static class GgufErrors
{
    /// <summary>The file is damaged.</summary>
    public static InputException Broken(string path, string found, Exception? inner = null) =>
        new("gguf-broken", $"reading '{path}'", found, "Download the file again, and compare its size and hash with the source's", inner);

    /// <summary>The file holds what is not implemented.</summary>
    public static InputException Unsupported(string path, string found) => new(
        "gguf-unsupported",
        $"reading '{path}'",
        found,
        "Choose another file of the model, or its folder with config.json and safetensors; it is not run with a field ignored");
}
