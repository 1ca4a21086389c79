using System.Globalization;
using AlignedProbing.Cli;

// Numbers are read and written the same way on every machine.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
using var interruption = new Interruption();
return await CommandLine.RunAsync(args, Host.System(), interruption.Token).ConfigureAwait(false);
