namespace AlignedProbing.Fuzz;

/// <summary>The folder that a target's files lie in.</summary>
/// <param name="path">The folder; it is there.</param>
public sealed class FuzzFolder(string path)
{
    /// <summary>The folder.</summary>
    public string FullPath { get; } = path;

    /// <summary>The path of a name in it.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] bytes)
    {
        // A new file each time: what a reader still maps stays whole.
        File.Delete(this[name]);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Makes the folder what it should be beside the file under test, once.</summary>
    public void Once(string mark, Action<FuzzFolder> fill)
    {
        if (!File.Exists(this[$".{mark}"]))
        {
            fill(this);
            File.WriteAllText(this[$".{mark}"], "");
        }
    }

    /// <summary>Copies a folder's files, and those of folders in it.</summary>
    public void CopyFrom(string source)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var place = this[Path.GetRelativePath(source, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place, overwrite: true);
        }
    }
}
