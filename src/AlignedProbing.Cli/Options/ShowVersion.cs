using System.CommandLine;
using System.CommandLine.Invocation;

namespace AlignedProbing.Cli.Options;

/// <summary>What <c>--version</c> does.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(VersionText.Of(typeof(ShowVersion).Assembly));
        return ExitCode.Done;
    }
}
