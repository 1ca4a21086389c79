using AlignedProbing.Hub;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>Finds the prompt set that a person names: a file of this machine, or else a data set on the Hub.</summary>
internal static class PromptSource
{
    /// <summary>Whether the prompts are those that come with the program.</summary>
    public static bool IsDemo(RunRequest request) => request.Prompts == "demo" || (request.Prompts is null && request.Demo);

    /// <summary>Reads the prompts; a data set on the Hub is downloaded unless it is in the cache.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="there">What a run that has begun says of its prompts; null where none has.</param>
    /// <param name="template">Number of the template that prompts are put into.</param>
    /// <param name="machine">The machine, whose log hears of downloads and of rows that are left out.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException">It is absent, cannot be fetched, or has no usable row.</exception>
    public static async Task<PromptSetResult> ReadAsync(
        RunRequest request, PromptSetManifest? there, int template, RunMachine machine, CancellationToken cancellationToken)
    {
        var options = new PromptSetOptions
        {
            Limit = request.Limit,
            Template = template,
            PromptField = request.PromptField,
            ContinuationField = request.ContinuationField,
        };
        if (IsOnHub(request, machine))
        {
            return await FetchAsync(request, there, options, machine, cancellationToken).ConfigureAwait(false);
        }

        return Read(PathOf(request, machine), options, machine);
    }

    private static async Task<PromptSetResult> FetchAsync(
        RunRequest request, PromptSetManifest? there, PromptSetOptions options, RunMachine machine, CancellationToken cancellationToken)
    {
        var (name, revision) = (request.Prompts!, request.PromptsRevision ?? HubModels.DefaultRevision);
        // A branch moves on; a run that has begun goes on with the commit and the file it began with.
        var begun = there is { Commit: not null } && there.Name == name && there.Revision == revision ? there : null;
        var hub = new HubRequest(name, begun?.Commit ?? request.PromptsRevision) { Say = machine.Log.Say, Progress = machine.Log };
        var found = await HubDataSets
            .ResolveAsync(hub, request.PromptsFile ?? begun?.File, HubOptions.FromEnvironment(machine.Variable), cancellationToken)
            .ConfigureAwait(false);
        if (found.Downloaded == 0)
        {
            machine.Log.Say($"{name}: {found.File} of commit {found.Commit[..12]}, in the cache");
        }

        var prompts = Read(found.FullPath, options, machine);
        return prompts with { Manifest = prompts.Manifest with { Name = name, File = found.File, Revision = revision, Commit = found.Commit } };
    }

    // Runs of one study that have the same prompts read them once.
    private static PromptSetResult Read(string path, PromptSetOptions options, RunMachine machine)
    {
        if (machine.Shared is { } shared)
        {
            return shared.Prompts(path, options, read => Tell(read, machine.Log));
        }

        var prompts = PromptSet.Read(path, options);
        Tell(prompts, machine.Log);
        return prompts;
    }

    private static bool IsOnHub(RunRequest request, RunMachine machine)
    {
        if (IsDemo(request) || request.Prompts is not { } asked)
        {
            return false;
        }

        var isThere = Path.Exists(Path.Combine(machine.WorkingFolder, asked));
        return !isThere && HubDataSets.IsName(asked)
            || ((request.PromptsFile ?? request.PromptsRevision) is null
                ? false
                : throw new InputException(
                    "wrong-usage",
                    $"--prompts {asked}",
                    isThere ? "it is a file here, and --prompts-file and --prompts-revision are of data sets on the Hub"
                        : "it is no name of a data set on the Hub",
                    "Leave out --prompts-file and --prompts-revision, or write the data set's name: org/name"));
    }

    private static string PathOf(RunRequest request, RunMachine machine) =>
        IsDemo(request) ? ModelFolder.DemoPrompts
        : request.Prompts is { } file ? Path.Combine(machine.WorkingFolder, file)
        : throw new InputException(
            "wrong-usage",
            $"--model {request.Model}",
            "no prompt set was named",
            "Give --prompts FILE, --prompts allenai/real-toxicity-prompts (a data set on the Hub, 68 MB), or --prompts demo for the demo's");

    private static void Tell(PromptSetResult prompts, IRunLog log)
    {
        const int Shown = 5;
        foreach (var problem in prompts.Problems.Take(Shown))
        {
            log.Say($"line {problem.Line} of {prompts.Manifest.Name} is left out: {problem.Message}");
        }

        var (used, made) = (prompts.Manifest.Used, prompts.Manifest.Prompts);
        var more = prompts.Manifest.Read - used - Math.Min(Shown, prompts.Problems.Count);
        log.Say(
            $"prompts: {used} of {prompts.Manifest.Read} rows of {prompts.Manifest.Name} are used{(made == used ? "" : $" and make {made} prompts")}" +
            $"{(more > 0 ? $"; {more} more are left out" : "")}");
    }
}
