using AlignedProbing.Files;

namespace AlignedProbing.Runs.Units;

/// <summary>A file that is not what was written.</summary>
/// <param name="File">Its path within the run folder.</param>
/// <param name="Found">What is wrong with it, and how its unit is made again.</param>
public sealed record VerificationFault(string File, string Found);

/// <summary>What a check of a whole run folder found.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="Files">Files whose bytes were compared with their sums.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Units">Complete units looked at.</param>
/// <param name="WithoutSums">Those among them that carry no sums, because an earlier version wrote them: nothing can be said of their bytes.</param>
/// <param name="Faults">What is wrong; empty where nothing is.</param>
public sealed record RunVerification(string Run, int Files, long Bytes, int Units, IReadOnlyList<string> WithoutSums, IReadOnlyList<VerificationFault> Faults)
{
    /// <summary>Reads every file of every complete unit, and compares it with its sum; checks ids and order against prompts.jsonl.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops between two units.</param>
    /// <exception cref="InputException">The manifest cannot be read.</exception>
    public static RunVerification Of(RunFolder run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (files, bytes, units) = (0, 0L, 1);
        var (without, faults) = (new List<string>(), new List<VerificationFault>());
        var stores = UnitStore.AllOf(run.Strictly());
        Unit("prompts", run.FullPath, UnitSums.PathBeside(run.PromptsPath));
        Guard(run.PromptsPath, () => run.ReadPrompts());
        foreach (var store in stores)
        {
            foreach (var unit in store.All.Where(store.IsDone))
            {
                cancellationToken.ThrowIfCancellationRequested();
                units++;
                Unit(store.NameOf(unit), store.FolderOf(unit), store.SumsOf(unit));
                Guard(store.PathOf(unit), () => store.CheckLines(unit));
            }
        }

        return new RunVerification(run.FullPath, files, bytes, units, without, faults);

        void Unit(string name, string folder, string sums) => Guard(sums, () =>
        {
            if (UnitSums.Read(sums) is not { } known)
            {
                without.Add(name);
                return;
            }

            foreach (var (file, sum) in known)
            {
                var path = Path.Combine(folder, file);
                Guard(path, () =>
                {
                    if (Path.GetFileName(file) != file || !File.Exists(path))
                    {
                        throw DamagedFile.Of(path, "it is not there");
                    }

                    using var stream = File.OpenRead(path);
                    using var hashed = new HashedStream(stream);
                    hashed.CopyTo(Stream.Null, 1 << 16);
                    files++;
                    bytes += hashed.BytesRead;
                    DamagedFile.ThrowIfOther(path, sum, hashed.BytesRead, hashed.Sum());
                });
            }
        });

        void Guard(string path, Action check)
        {
            try
            {
                check();
            }
            catch (Exception error) when (error is InputException or IOException or UnauthorizedAccessException)
            {
                var name = Path.GetRelativePath(run.FullPath, path).Replace('\\', '/');
                // A changed file is often out of order too: the first thing said of it is enough.
                if (!faults.Exists(fault => fault.File == name || error.Message.Contains(fault.File, StringComparison.Ordinal)))
                {
                    faults.Add(new VerificationFault(name, error.Message));
                }
            }
        }
    }
}
