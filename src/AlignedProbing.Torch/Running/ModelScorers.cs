using AlignedProbing.Hub;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Scorers.Judges;
using AlignedProbing.Torch.Scorers.Perplexity;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Scorers that are models: a classifier's folder or its name on the Hub, <c>perplexity:</c> before a language model's, or a file that describes a scorer.
/// </summary>
internal static class ModelScorers
{
    /// <summary>Opens a scorer that is a model; one on the Hub is downloaded unless it is in the cache.</summary>
    /// <param name="asked">What stands after <c>--scorer</c>.</param>
    /// <param name="name">The scorer's name.</param>
    /// <param name="machine">The machine, whose log hears of downloads.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <returns>The scorer, or null where what was asked for is no folder, file or name on the Hub.</returns>
    /// <exception cref="InputException">It is one, and cannot be used.</exception>
    public static async Task<IScorer?> OpenAsync(string asked, string name, RunMachine machine, CancellationToken cancellationToken)
    {
        var path = Path.Combine(machine.WorkingFolder, asked);
        if (ScorerCatalog.Names.Contains(asked))
        {
            return null;
        }

        if (PerplexityOf(asked) is { } perplexity)
        {
            var beside = Path.Combine(machine.WorkingFolder, PerplexityFile.Prefix);
            return await PerplexityAsync(perplexity, name, beside, machine, cancellationToken).ConfigureAwait(false);
        }

        if (asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return await OpenFileAsync(path, name, machine, cancellationToken).ConfigureAwait(false);
        }

        return Directory.Exists(path) ? ClassifierScorer.Open(new ClassifierOptions { Name = name, Folder = path })
            : asked.Contains('/', StringComparison.Ordinal) && HubModels.IsName(asked)
                ? await ClassifierAsync(new ClassifierFile { Classifier = asked }, name, "", machine, cancellationToken).ConfigureAwait(false)
                : null;
    }

    private static async Task<IScorer> OpenFileAsync(string path, string name, RunMachine machine, CancellationToken cancellationToken)
    {
        switch (ScorerFile.Read(path))
        {
            case ClassifierFile classifier:
                return await ClassifierAsync(classifier, name, path, machine, cancellationToken).ConfigureAwait(false);
            case JudgeFile judge:
                var rubric = judge.Rubric is { } file ? JudgeRubric.Read(Beside(path, file)) : JudgeRubric.BuiltIn;
                if (judge.Endpoint is not null)
                {
                    return new JudgeScorer(name, new EndpointJudge(judge.ToEndpoint(path, machine.Variable)), rubric, judge.Attributes);
                }

                var folder = await FolderOfAsync(Request(judge, path), judge.Judge, path, machine, cancellationToken).ConfigureAwait(false);
                return new JudgeScorer(name, new ModelJudge(judge.ToModel(path, folder)), rubric, judge.Attributes);
            case PerplexityFile perplexity:
                return await PerplexityAsync(perplexity, name, path, machine, cancellationToken).ConfigureAwait(false);
            case var other:
                throw new InvalidOperationException($"There is no scorer of a {other.GetType().Name}.");
        }
    }

    private static async Task<ClassifierScorer> ClassifierAsync(
        ClassifierFile file, string name, string path, RunMachine machine, CancellationToken cancellationToken)
    {
        var folder = await FolderOfAsync(Request(file, name, path), file.Classifier, path, machine, cancellationToken).ConfigureAwait(false);
        return ClassifierScorer.Open(file.ToOptions(name, folder));
    }

    private static async Task<PerplexityScorer> PerplexityAsync(
        PerplexityFile file, string name, string path, RunMachine machine, CancellationToken cancellationToken)
    {
        var folder = await FolderOfAsync(RequestOf(file, path), file.Perplexity, path, machine, cancellationToken).ConfigureAwait(false);
        return new PerplexityScorer(file.ToOptions(name, folder));
    }

    private static PerplexityFile? PerplexityOf(string asked) =>
        asked.StartsWith(PerplexityFile.Prefix, StringComparison.Ordinal) ? new PerplexityFile { Perplexity = asked[PerplexityFile.Prefix.Length..] } : null;

    // A folder beside the file (of the command line: in the working folder) where there is one; otherwise a name on the Hub, which for old models has no owner
    // in front.
    private static HubRequest? RequestOf(PerplexityFile file, string path) =>
        Directory.Exists(Beside(path, file.Perplexity)) || !HubModels.IsName(file.Perplexity)
            ? null
            : new HubRequest(file.Perplexity, file.Revision) { CheckConfig = ModelCatalog.CheckConfig, CheckBeforeWeights = PerplexityScorer.CheckTokenizer };

    private static string Beside(string path, string file) => path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    private static HubRequest? Request(ClassifierFile file, string name, string path) =>
        Request(file.Classifier, file.Revision, path) is { } request
            ? request with
            {
                CheckConfig = folder => ClassifierScorer.CheckConfiguration(file.ToOptions(name, folder)),
                CheckBeforeWeights = ClassifierScorer.CheckTokenizer,
            }
            : null;

    private static HubRequest? Request(JudgeFile file, string path) =>
        Request(file.Judge, file.Revision, path) is { } request
            ? request with
            {
                CheckConfig = ModelCatalog.CheckConfig,
                CheckBeforeWeights = ModelJudge.CheckTokenizer,
            }
            : null;

    // Null for a folder. What can be told before the weights, which may be large, is told before they are downloaded.
    private static HubRequest? Request(string model, string? revision, string path) =>
        (path.Length > 0 && Directory.Exists(Beside(path, model))) || !HubModels.IsName(model) || !model.Contains('/', StringComparison.Ordinal)
            ? null
            : new HubRequest(model, revision);

    private static async Task<string> FolderOfAsync(
        HubRequest? request, string model, string path, RunMachine machine, CancellationToken cancellationToken)
    {
        if (request is null)
        {
            return Beside(path, model);
        }

        request = request with { Say = machine.Log.Say, Progress = machine.Log };
        return (await HubModels.ResolveAsync(request, HubOptions.FromEnvironment(machine.Variable), cancellationToken).ConfigureAwait(false)).Folder;
    }
}
