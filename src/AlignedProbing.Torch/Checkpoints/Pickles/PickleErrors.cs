namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>What can be wrong with a file that PyTorch's save wrote, worded in one place.</summary>
internal static class PickleErrors
{
    private const string Safer = "Save the model as safetensors (save_pretrained does) where you trust the file";

    public static InputException Broken(string path, string found, Exception? inner = null) => new(
        "torch-file-broken",
        $"reading the weights in '{path}'",
        found,
        "Download or save the file again, and compare its size and hash with the source's",
        inner);

    public static InputException Refused(string path, string found) =>
        new(
            "torch-file-refused",
            $"reading the weights in '{path}'",
            found,
            $"Only tensors in dictionaries are read from such files, and nothing in them is executed. {Safer}");
}
