using System.Globalization;
using AlignedProbing.Cli;

// Numbers are read and written the same way on every machine.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
return await CommandLine.RunAsync(args, Host.System()).ConfigureAwait(false);
