using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AlignedProbing.Cli;

/// <summary>Standard output and error, such that a closed pipe ends the command and a closed standard error does not.</summary>
internal static partial class StandardStreams
{
    private const int OutputHandle = 1;
    private const int ErrorHandle = 2;
    private const int GetFlags = 3;
    private const int AccessMode = 3;

    /// <summary>
    /// Standard output as bytes. Where it is a pipe, writing after its reader left fails: the console's own stream passes over that, and a scorer that costs
    /// money would go on for nobody.
    /// </summary>
    public static Stream Output()
    {
        if (!OperatingSystem.IsWindows())
        {
            var stream = new FileStream(new SafeFileHandle(OutputHandle, ownsHandle: false), FileAccess.Write, bufferSize: 1);
            // A file's position belongs to the shell too, and a stream of our own keeps one for itself.
            if (!stream.CanSeek)
            {
                return stream;
            }
        }

        return Console.OpenStandardOutput();
    }

    /// <summary>Standard output as text.</summary>
    public static TextWriter OutputText() =>
        OperatingSystem.IsWindows()
            ? Console.Out
            : TextWriter.Synchronized(new StreamWriter(Output(), new System.Text.UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" });

    /// <summary>Standard error; nothing where it is closed, because its handle may then be another file's.</summary>
    public static TextWriter Error() => IsWritable(ErrorHandle) ? Console.Error : TextWriter.Null;

    private static bool IsWritable(int handle) =>
        OperatingSystem.IsWindows() || (Flags(handle, GetFlags, 0) is var flags && flags >= 0 && (flags & AccessMode) != 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Flags(int handle, int command, int argument);
}
