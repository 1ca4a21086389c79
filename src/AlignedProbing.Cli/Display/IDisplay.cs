using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Display;

/// <summary>Shows a person, a log or a program how far the work has come.</summary>
internal interface IDisplay : IRunLog, IDisposable;
