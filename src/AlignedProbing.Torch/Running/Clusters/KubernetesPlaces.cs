namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>Whether tasks in containers see what a run reads: they see the volume, which is mounted at the run folder's parent, and the Hub.</summary>
public static class KubernetesPlaces
{
    /// <summary>Checks it.</summary>
    /// <param name="request">The run.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="run">The run folder.</param>
    /// <exception cref="InputException">Something lies elsewhere; everything that does is named.</exception>
    public static void Check(RunRequest request, RunMachine machine, string run)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(machine);
        var volume = Path.GetDirectoryName(run)!;
        string[] elsewhere =
        [
            .. new[] { request.Model, request.Adapter, request.Prompts is "demo" ? null : request.Prompts, request.TemplateFile }
                .Concat(request.Measurement.Scorers.Given ?? [])
                .OfType<string>()
                .Select(path => Path.GetFullPath(Path.Combine(machine.WorkingFolder, path)))
                .Where(path => Path.Exists(path) && !path.StartsWith(volume + Path.DirectorySeparatorChar, StringComparison.Ordinal)),
        ];
        if (elsewhere.Length > 0)
        {
            throw new InputException(
                "wrong-usage",
                "submit --to kubernetes",
                $"{string.Join(", ", elsewhere)} {(elsewhere.Length == 1 ? "lies" : "lie")} outside of '{volume}', where the volume is mounted",
                "Copy it to the volume, beside the run folder, or name a model on the Hub");
        }
    }
}
