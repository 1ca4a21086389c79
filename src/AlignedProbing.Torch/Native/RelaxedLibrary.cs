using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// The copy of a library that loads beside an older C++ library (see <see cref="ElfSymbolVersion"/>), kept in the user's cache, or where that cannot be written
/// in memory.
/// </summary>
internal static class RelaxedLibrary
{
    /// <summary>Writes the copy where it is not yet there, and loads it.</summary>
    /// <param name="source">The library as it was shipped; it is only read, so it may lie in a read-only folder.</param>
    /// <param name="cacheFolder">Where copies are kept; memory, or a temporary folder that is removed at once, where it cannot be written.</param>
    /// <exception cref="BadImageFormatException">The library is not what was expected.</exception>
    /// <exception cref="DllNotFoundException">The copy does not load either.</exception>
    public static void Load(string source, string cacheFolder)
    {
        var image = File.ReadAllBytes(source);
        var name = $"{Path.GetFileNameWithoutExtension(source)}-{Convert.ToHexStringLower(SHA256.HashData(image))}.so";
        ElfSymbolVersion.Relax(image);
        if (TryWrite(image, cacheFolder, name) is { } cached)
        {
            NativeLibrary.Load(cached);
            return;
        }

        // No cache: memory, where Linux gives a file of it.
        if (TryLoadFromMemory(image, name))
        {
            return;
        }

        // No such file either: a folder that only this user can enter; a loaded library's file may go.
        var temporary = Directory.CreateTempSubdirectory("aligned-probing-");
        try
        {
            var path = Path.Combine(temporary.FullName, name);
            File.WriteAllBytes(path, image);
            NativeLibrary.Load(path);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    /// <summary>Loads a library from a file that is in memory alone, so that no folder need be writable; false where the system has none.</summary>
    internal static bool TryLoadFromMemory(byte[] image, string name)
    {
        var descriptor = NativeMethods.CreateMemoryFile(name, 1);
        if (descriptor < 0)
        {
            return false;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(handle, image, 0);
        return NativeLibrary.TryLoad(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), out _);
    }

    /// <summary>The folder for copies: <c>$XDG_CACHE_HOME/aligned-probing</c> or <c>~/.cache/aligned-probing</c>; null where the user has neither.</summary>
    public static string? CacheFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache) || !Path.IsPathRooted(cache))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            cache = string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".cache");
        }

        return cache is null ? null : Path.Combine(cache, "aligned-probing");
    }

    /// <summary>
    /// The path of the copy, written under another name first so that no other process sees half of it; null where the folder cannot be written.
    /// </summary>
    internal static string? TryWrite(ReadOnlySpan<byte> image, string folder, string name)
    {
        if (folder.Length == 0)
        {
            return null;
        }

        var path = Path.Combine(folder, name);
        var temporary = $"{path}.{Guid.NewGuid():n}";
        try
        {
            // Compared byte for byte: what lies there under this name is loaded as code.
            if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(image))
            {
                return path;
            }

            Directory.CreateDirectory(folder);
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            return null;
        }
    }
}
