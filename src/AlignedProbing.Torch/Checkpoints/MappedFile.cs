using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using AlignedProbing.Torch.Native;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>
/// A file in memory without a copy: the system loads its pages when they are read and may drop them again. It is unmapped when it has been disposed of
/// <em>and</em> the last tensor over it is gone, so no tensor ever points nowhere.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    // Tensors over mapped memory: their first byte -> what they keep alive. libtorch reports a freed one by that address alone.
    private static readonly Dictionary<nint, Stack<Lease>> Leases = [];
    private static readonly Lock LeasesLock = new();

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly byte* _start;
    private bool _disposed;

    private MappedFile(MemoryMappedFile file, long length)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        Length = length;
    }

    /// <summary>Number of bytes, as when it was opened.</summary>
    public long Length { get; }

    /// <summary>Maps a file that is not empty.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new MappedFile(file, stream.Length);
    }

    /// <summary>Maps a file of weights and reads what it says of them; unmaps it again where that fails.</summary>
    /// <param name="path">The file.</param>
    /// <param name="least">Bytes that it must have to be mapped.</param>
    /// <param name="tooShort">What is thrown where it has fewer, given how many it has.</param>
    /// <param name="read">Reads it, and keeps it mapped.</param>
    /// <exception cref="InputException"><c>checkpoint-missing</c>: it cannot be read; or what <paramref name="tooShort"/> and <paramref name="read"/>
    /// throw.</exception>
    public static T Read<T>(string path, long least, Func<long, InputException> tooShort, Func<MappedFile, T> read)
    {
        MappedFile? mapped = null;
        try
        {
            var length = new FileInfo(path).Length;
            if (length < least)
            {
                throw tooShort(length);
            }

            mapped = Open(path);
            return read(mapped);
        }
        catch (Exception error)
        {
            mapped?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw SafetensorsErrors.Unreadable(path, error);
            }

            throw;
        }
    }

    /// <summary>Bytes of the file; valid until it is disposed of.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>
    /// A tensor over a part of the file; a copy where the part is not aligned to the element size. Read-only: writing to it ends the process.
    /// </summary>
    public Tensor Tensor(long offset, long bytes, ScalarType type, ReadOnlySpan<long> shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - bytes);
        if (bytes == 0)
        {
            return empty(shape, type);
        }

        var data = _start + offset;
        using var probe = empty(0, type);
        if ((nuint)data % (nuint)probe.ElementSize != 0)
        {
            var copy = empty(shape, type);
            void* destination;
            TensorMemory.Check(NativeMethods.GetDataPointer(copy.Handle, &destination), "data_ptr");
            Buffer.MemoryCopy(data, destination, bytes, bytes);
            return copy;
        }

        AddLease((nint)data, new Lease(_handle, bytes));
        fixed (long* sizes = shape)
        {
            delegate* unmanaged<void*, void> release = &Release;
            var tensor = NativeMethods.WrapMemory(data, (nint)release, sizes, shape.Length, (sbyte)type, (sbyte)type, 0, -1, 0);
            if (tensor == 0)
            {
                RemoveLease((nint)data);
                throw new InvalidOperationException("libtorch did not wrap the mapped file.");
            }

            return TorchSharp.torch.Tensor.UnsafeCreateTensor(tensor);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _handle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    private static void AddLease(nint data, Lease lease)
    {
        var added = false;
        lease.Handle.DangerousAddRef(ref added);
        lock (LeasesLock)
        {
            if (!Leases.TryGetValue(data, out var stack))
            {
                Leases.Add(data, stack = new Stack<Lease>(1));
            }

            stack.Push(lease);
        }
    }

    private static void RemoveLease(nint data)
    {
        Lease lease;
        lock (LeasesLock)
        {
            if (!Leases.TryGetValue(data, out var stack))
            {
                return;
            }

            lease = stack.Pop();
            if (stack.Count == 0)
            {
                Leases.Remove(data);
            }
        }

        // Also where another tensor looks at the same bytes (an embedding that is the output head too): it reads single rows.
        DropPages(data, lease.Bytes);
        lease.Handle.DangerousRelease();
    }

    [UnmanagedCallersOnly]
    private static void Release(void* data) => RemoveLease((nint)data);

    /// <summary>
    /// Tells the system that whole pages of freed weights need not stay in memory: after packing, the originals take none. They are read again should anyone
    /// ask.
    /// </summary>
    private static void DropPages(nint data, long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var page = Environment.SystemPageSize;
        var first = (data + page - 1) / page * page;
        var end = (data + (nint)bytes) / page * page;
        if (end > first)
        {
            const int dontNeed = 4;
            _ = Advise(first, (nuint)(end - first), dontNeed);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    private readonly record struct Lease(SafeMemoryMappedViewHandle Handle, long Bytes);
}
