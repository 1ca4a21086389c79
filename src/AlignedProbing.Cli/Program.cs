
// Numbers are read and written the same way on every machine.
using System.Globalization;
using AlignedProbing.Cli;
using var interruption = new Interruption();

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
return await CommandLine.RunAsync(args, Host.System(), interruption.Token).ConfigureAwait(false);
