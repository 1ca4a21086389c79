namespace AlignedProbing.Torch.Checkpoints;

/// <summary>What can be wrong with a file of weights, worded in one place.</summary>
internal static class SafetensorsErrors
{
    private const string Again = "Download or save the file again, and compare its size and hash with the source's";

    public static InputException Truncated(string path, string found) =>
        new("safetensors-truncated", $"reading weights from '{path}'", $"the file is cut short: {found}", Again);

    public static InputException Header(string path, string found, Exception? inner = null) =>
        new("safetensors-header", $"reading the header of '{path}'", found, Again, inner);

    public static InputException Offsets(string path, string found) => new("safetensors-offsets", $"reading the header of '{path}'", found, Again);

    public static InputException Type(string path, StoredTensor tensor) => new(
        "safetensors-dtype",
        $"reading '{tensor.Name}' from '{path}'",
        $"its elements are of type {tensor.TypeName}",
        $"Save the model with one of {StoredTensor.ReadableTypes}, for example with model.to(torch.bfloat16).save_pretrained(...)");

    public static InputException Unreadable(string path, Exception error) =>
        new("checkpoint-missing", $"reading weights from '{path}'", error.Message.TrimEnd('.'), "Check the path and the file's permissions", error);
}
