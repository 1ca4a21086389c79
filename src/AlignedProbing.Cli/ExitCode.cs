namespace AlignedProbing.Cli;

/// <summary>What the command returns to the shell.</summary>
internal static class ExitCode
{
    /// <summary>All that was asked is done.</summary>
    public const int Done = 0;

    /// <summary>Some units failed; all others are done.</summary>
    public const int SomeFailed = 1;

    /// <summary>Wrong usage or input.</summary>
    public const int WrongInput = 2;

    /// <summary>Interrupted; everything finished so far is kept.</summary>
    public const int Interrupted = 130;
}
