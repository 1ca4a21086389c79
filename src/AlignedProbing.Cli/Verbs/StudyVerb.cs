using System.CommandLine;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Studies;
using AlignedProbing.Torch.Running;
using AlignedProbing.Torch.Running.Studies;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>study</c>: a table of runs from one file. One file a thing to do.</summary>
internal static class StudyVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) =>
        new("study", "Many runs from one file, and what they say together.") 
        {
            StudyRunVerb.Create(host), StudyStatusVerb.Create(host), StudyReportVerb.Create(host), StudyDemoVerb.Create(host),
        };

    /// <summary>The study that a person names: by its folder, or by its file.</summary>
    /// <param name="input">What the verb is called with.</param>
    /// <param name="verb">The verb, for the message.</param>
    /// <param name="output">The folder named by an option; null for none.</param>
    /// <exception cref="InputException">None was named, or the file cannot be used.</exception>
    public static Func<StudyFolder> Named(VerbInput input, string verb, string? output)
    {
        var named = input.PathOf(input.Arguments is [var first, ..] ? first : output)
            ?? throw new InputException("wrong-usage", verb, "no study was named", $"Write for example: aligned-probing {verb} runs/my-study");
        var host = input.Host;
        return () => File.Exists(named)
            ? StudyPlan.FolderOf(StudyFile.Read(named), output, new RunMachine { WorkingFolder = host.WorkingFolder, Variable = host.Variable })
            : new StudyFolder(named);
    }

    /// <summary>The argument of verbs that look at a study.</summary>
    public static Argument StudyArgument => new Argument<string?>("study")
    {
        Description = "The study's folder, or its file.",
        Arity = ArgumentArity.ZeroOrOne,
    };
}
