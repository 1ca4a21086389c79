using AlignedProbing.Cli;

try
{
    return await Session.RunAsync(args).ConfigureAwait(false);
}
catch (Exception)
{
    // Reached only where the parts that word an error do not load (no file handle is left, the installation is damaged): the code is all that can be said.
    return ExitCode.SomeFailed;
}
