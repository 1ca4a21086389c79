using AlignedProbing.Runs.Tracking;
using AlignedProbing.Settings;

namespace AlignedProbing.Torch.Running.Checks;

/// <summary>Looks at <c>.env</c> and at the variables that name folders. Values of keys and passwords are never told.</summary>
internal static class VariableCheck
{
    private static readonly string[] Folders = ["RESULT_PATH", "ENCODING_PATH", "CACHE_PATH"];

    private static readonly string[] Others =
    [
        "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE", "HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "XDG_CACHE_HOME",
        "PERSPECTIVE_API_KEY", "PERSPECTIVE_API_ATTRIBUTES", "PERSPECTIVE_API_LANGUAGE", "PERSPECTIVE_API_QPS", "PERSPECTIVE_API_URL", "NO_COLOR",
    ];

    /// <summary>The lines.</summary>
    /// <param name="variables">Names in <c>.env</c>; null where there is no such file.</param>
    /// <param name="machine">The machine.</param>
    public static IEnumerable<CheckLine> Of(IReadOnlyList<string>? variables, RunMachine machine)
    {
        yield return variables is null
            ? new CheckLine(".env", CheckState.Note, $"none in {machine.WorkingFolder}")
            : new CheckLine(".env", CheckState.Ok, variables.Count == 0 ? "read; it names nothing" : $"read; it names {string.Join(", ", variables)}");
        string[] known = [.. Folders, .. RedisOptions.Variables, .. Others];
        foreach (var name in variables ?? [])
        {
            if (!known.Contains(name) && Nearest.To(name, known) is { } near)
            {
                yield return new CheckLine(name, CheckState.Note, ".env names it, and nothing here reads it", $"Did you mean {near}?");
            }
        }

        foreach (var name in Folders)
        {
            if (machine.Variable(name) is { Length: > 0 } folder)
            {
                yield return FolderCheck.Cache(name, Path.GetFullPath(Path.Combine(machine.WorkingFolder, folder)));
            }
        }
    }
}
