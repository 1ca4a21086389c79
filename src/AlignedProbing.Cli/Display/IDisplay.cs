using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Display;

/// <summary>Shows a person, a log or a program how far the work has come.</summary>
internal interface IDisplay : IProgress<StageProgress>, IDisposable
{
    /// <summary>Says something of its own: one line.</summary>
    void Say(string line);
}
