using AlignedProbing.Hub;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Scorers.Judges;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>Scorers that are models: a classifier's folder or its name on the Hub, or a file that describes a scorer.</summary>
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
            : asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? OpenFile(path, name, host)
            : Directory.Exists(path) ? ClassifierScorer.Open(new ClassifierOptions { Name = name, Folder = path })
            : asked.Contains('/', StringComparison.Ordinal) && HubModels.IsName(asked) ? Classifier(new ClassifierFile { Classifier = asked }, name, "", host)
            : null;
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
                    : new ModelJudge(judge.ToModel(path, FolderOf(judge.Judge, judge.Revision, path, host, check: null)));
                return new JudgeScorer(name, model, rubric, judge.Attributes);
            case var other:
                throw new InvalidOperationException($"There is no scorer of a {other.GetType().Name}.");
        }
    }

    private static ClassifierScorer Classifier(ClassifierFile file, string name, string path, Host host) =>
        ClassifierScorer.Open(file.ToOptions(name, FolderOf(file.Classifier, file.Revision, path, host, folder => ClassifierScorer.CheckConfiguration(file.ToOptions(name, folder)))));

    private static string Beside(string path, string file) => path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    // A folder where there is one; otherwise a name on the Hub. What config.json says is checked before anything large is downloaded.
    private static string FolderOf(string model, string? revision, string path, Host host, Action<string>? check)
    {
        var folder = Beside(path, model);
        if ((path.Length > 0 && Directory.Exists(folder)) || !HubModels.IsName(model) || !model.Contains('/', StringComparison.Ordinal))
        {
            return folder;
        }

        var request = new HubRequest(model, revision) { CheckConfig = check, Say = line => host.Error.WriteLine(line) };
        return HubModels.ResolveAsync(request, HubOptions.FromEnvironment(host.Variable), CancellationToken.None).GetAwaiter().GetResult().Folder;
    }
}
