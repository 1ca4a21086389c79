namespace AlignedProbing.Cli;

/// <summary>What the command returns to the shell (docs/guide/automation.md).</summary>
internal static class ExitCode
{
    /// <summary>All that was asked is done.</summary>
    public const int Done = 0;

    /// <summary>Some units failed, or a service or the disk did; all others are done.</summary>
    public const int SomeFailed = 1;

    /// <summary>Wrong usage or input.</summary>
    public const int WrongInput = 2;

    /// <summary>A fault of the program itself (EX_SOFTWARE of sysexits.h).</summary>
    public const int Fault = 70;

    /// <summary>Interrupted; everything finished so far is kept.</summary>
    public const int Interrupted = 130;

    /// <summary>Whoever read standard output closed it: as a shell tells SIGPIPE.</summary>
    public const int NobodyReads = 141;
}
