using AlignedProbing.Cli.Display;
using AlignedProbing.Hub;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Scorers.Judges;
using AlignedProbing.Torch.Scorers.Perplexity;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>
/// Scorers that are models: a classifier's folder or its name on the Hub, <c>perplexity:</c> before a language model's, or a file that describes a scorer.
/// </summary>
internal static class ModelScorers
{
    /// <summary>Opens a scorer that is a model.</summary>
    /// <param name="asked">What stands behind <c>--scorer</c>.</param>
    /// <param name="name">The scorer's name.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The scorer, or null where what was asked for is no folder, file or name on the Hub.</returns>
    /// <exception cref="InputException">It is one, and cannot be used.</exception>
    public static IScorer? Open(string asked, string name, Host host)
    {
        var path = Path.Combine(host.WorkingFolder, asked);
        return ScorerCatalog.Names.Contains(asked) ? null
            : PerplexityOf(asked) is { } perplexity ? Perplexity(perplexity, name, Path.Combine(host.WorkingFolder, PerplexityFile.Prefix), host)
            : asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? OpenFile(path, name, host)
            : Directory.Exists(path) ? ClassifierScorer.Open(new ClassifierOptions { Name = name, Folder = path })
            : asked.Contains('/', StringComparison.Ordinal) && HubModels.IsName(asked) ? Classifier(new ClassifierFile { Classifier = asked }, name, "", host)
            : null;
    }

    /// <summary>Downloads what scorers need from the Hub, with its progress, so that opening them finds it in the cache.</summary>
    /// <param name="asked">What stands behind <c>--scorer</c>.</param>
    /// <param name="host">The machine.</param>
    /// <param name="display">Shows how far a download is.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException">A scorer file or a model cannot be used, or not be fetched.</exception>
    public static async Task FetchAsync(IEnumerable<string> asked, Host host, IDisplay display, CancellationToken cancellationToken)
    {
        foreach (var request in asked.Select(scorer => RequestOf(scorer, host)).OfType<HubRequest>())
        {
            await HubModels
                .ResolveAsync(request with { Say = display.Say, Progress = display }, HubOptions.FromEnvironment(host.Variable), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    // Null where nothing of it comes from the Hub.
    private static HubRequest? RequestOf(string asked, Host host)
    {
        var path = Path.Combine(host.WorkingFolder, asked);
        if (ScorerCatalog.Names.Contains(asked) || Directory.Exists(path))
        {
            return null;
        }

        if (PerplexityOf(asked) is { } perplexity)
        {
            return RequestOf(perplexity, Path.Combine(host.WorkingFolder, PerplexityFile.Prefix));
        }

        if (!asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return asked.Contains('/', StringComparison.Ordinal) ? Request(new ClassifierFile { Classifier = asked }, ScorerSource.NameOf(asked), "") : null;
        }

        return ScorerFile.Read(path) switch
        {
            ClassifierFile file => Request(file, ScorerSource.NameOf(asked), path),
            JudgeFile { Endpoint: null } file => Request(file, path),
            PerplexityFile file => RequestOf(file, path),
            _ => null,
        };
    }

    private static IScorer OpenFile(string path, string name, Host host)
    {
        switch (ScorerFile.Read(path))
        {
            case ClassifierFile classifier:
                return Classifier(classifier, name, path, host);
            case JudgeFile judge:
                var rubric = judge.Rubric is { } file ? JudgeRubric.Read(Beside(path, file)) : JudgeRubric.BuiltIn;
                IJudgeModel model = judge.Endpoint is not null
                    ? new EndpointJudge(judge.ToEndpoint(path, host.Variable))
                    : new ModelJudge(judge.ToModel(path, FolderOf(Request(judge, path), judge.Judge, path, host)));
                return new JudgeScorer(name, model, rubric, judge.Attributes);
            case PerplexityFile perplexity:
                return Perplexity(perplexity, name, path, host);
            case var other:
                throw new InvalidOperationException($"There is no scorer of a {other.GetType().Name}.");
        }
    }

    private static ClassifierScorer Classifier(ClassifierFile file, string name, string path, Host host) =>
        ClassifierScorer.Open(file.ToOptions(name, FolderOf(Request(file, name, path), file.Classifier, path, host)));

    private static PerplexityFile? PerplexityOf(string asked) =>
        asked.StartsWith(PerplexityFile.Prefix, StringComparison.Ordinal) ? new PerplexityFile { Perplexity = asked[PerplexityFile.Prefix.Length..] } : null;

    // A folder beside the file (of the command line: in the working folder) where there is one; otherwise a name on the Hub, which for old models has no owner
    // in front.
    private static HubRequest? RequestOf(PerplexityFile file, string path) =>
        Directory.Exists(Beside(path, file.Perplexity)) || !HubModels.IsName(file.Perplexity)
            ? null
            : new HubRequest(file.Perplexity, file.Revision) { CheckConfig = ModelCatalog.CheckConfig, CheckBeforeWeights = PerplexityScorer.CheckTokenizer };

    private static PerplexityScorer Perplexity(PerplexityFile file, string name, string path, Host host) =>
        new(file.ToOptions(name, FolderOf(RequestOf(file, path), file.Perplexity, path, host)));

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

    private static string FolderOf(HubRequest? request, string model, string path, Host host) =>
        request is null
            ? Beside(path, model)
            : HubModels
                .ResolveAsync(request with { Say = host.Error.WriteLine }, HubOptions.FromEnvironment(host.Variable), CancellationToken.None)
                .GetAwaiter()
                .GetResult()
                .Folder;
}
