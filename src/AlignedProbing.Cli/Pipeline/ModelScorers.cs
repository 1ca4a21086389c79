using AlignedProbing.Scoring;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>Scorers that are models: a classifier's folder, or a file that describes a scorer.</summary>
internal static class ModelScorers
{
    /// <summary>Opens a scorer that is a model.</summary>
    /// <param name="asked">What stands behind <c>--scorer</c>.</param>
    /// <param name="name">The scorer's name.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The scorer, or null where what was asked for is neither a folder nor a file.</returns>
    /// <exception cref="InputException">It is one, and cannot be used.</exception>
    public static IScorer? Open(string asked, string name, Host host)
    {
        var path = Path.Combine(host.WorkingFolder, asked);
        if (ScorerCatalog.Names.Contains(asked))
        {
            return null;
        }

        if (asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            var file = ScorerFile.Read(path);
            var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file.Classifier);
            return ClassifierScorer.Open(file.ToOptions(name, folder));
        }

        return Directory.Exists(path) ? ClassifierScorer.Open(new ClassifierOptions { Name = name, Folder = path }) : null;
    }
}
