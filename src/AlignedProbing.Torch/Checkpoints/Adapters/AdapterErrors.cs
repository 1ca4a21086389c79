namespace AlignedProbing.Torch.Checkpoints.Adapters;

/// <summary>What can be wrong with an adapter, worded in one place.</summary>
internal static class AdapterErrors
{
    public static InputException Missing(string folder, string found) =>
        new(
            "adapter-missing",
            $"opening the adapter '{folder}'",
            found,
            "Give the folder that PEFT's save_pretrained wrote: adapter_config.json with adapter_model.safetensors or adapter_model.bin; or its name on the " +
            "Hub: org/name");

    public static InputException Config(string path, string found, Exception? inner = null) =>
        new("adapter-config", $"reading '{path}'", found, "Download the adapter again, or correct the field", inner);

    public static InputException Unsupported(string path, string found) => new(
        "adapter-unsupported",
        $"loading the adapter of '{path}'",
        found,
        "Merge the adapter into its model with PEFT (merge_and_unload, then save_pretrained) and give the merged model; it is not run with a field ignored");

    public static InputException Key(string folder, string found) => new(
        "adapter-key",
        $"loading the adapter '{folder}'",
        found,
        "Check that the adapter was made for this model (base_model_name_or_path in adapter_config.json names it)");

    public static InputException Shape(string folder, string found) => new(
        "adapter-shape",
        $"loading the adapter '{folder}'",
        found,
        "Check that the adapter was made for this model, and that adapter_config.json and the weights belong together");
}
