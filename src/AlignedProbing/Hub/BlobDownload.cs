using System.Buffers;
using System.Net;

namespace AlignedProbing.Hub;

/// <summary>
/// Brings one file into the cache: under its lock, from where an interrupted download ended, checked by size and hash before it gets its name. What is not
/// complete is named <c>.incomplete</c> and never used.
/// </summary>
internal sealed class BlobDownload(HubClient client, HubCache cache, HubRequest request, HubOptions options, DownloadProgress progress)
{
    private const int BufferSize = 1 << 17;
    private const long WorthAnAttempt = 1 << 16;

    private readonly Patience _patience = new(request, options);

    /// <summary>Bytes of a file that are there already.</summary>
    public long Found(string commit, HubFile file) =>
        cache.Has(commit, file) || HubCache.LengthOf(cache.Blob(file.Hash!)) == file.Size
            ? file.Size!.Value
            : Math.Min(file.Size!.Value, HubCache.LengthOf(cache.Incomplete(file.Hash!)) ?? 0);

    /// <summary>Fetches a file whose size and hash are known, unless it is there.</summary>
    /// <exception cref="InputException">It cannot be had.</exception>
    public async Task FetchAsync(string commit, HubFile file, CancellationToken cancellationToken)
    {
        if (cache.Has(commit, file))
        {
            return;
        }

        var found = Found(commit, file);
        using var hold = await BlobLock
            .TakeAsync(cache.Lock(file.Hash!), () => request.Say?.Invoke($"{file.Name}: another process is downloading it; waiting"), cancellationToken)
            .ConfigureAwait(false);
        if (cache.Has(commit, file))
        {
            progress.Correct(file.Size!.Value - found);
            return;
        }

        var blob = cache.Blob(file.Hash!);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        var isNew = HubCache.LengthOf(blob) != file.Size;
        if (isNew)
        {
            progress.Correct(Found(commit, file) - found);
            await DownloadAsync(commit, file, cancellationToken).ConfigureAwait(false);
            File.Move(cache.Incomplete(file.Hash!), blob, overwrite: true);
        }
        else
        {
            progress.Correct(file.Size!.Value - found);
        }

        cache.Place(commit, file, isNew, options.Link);
    }

    private async Task DownloadAsync(string commit, HubFile file, CancellationToken cancellationToken)
    {
        var longest = HubCache.LengthOf(cache.Incomplete(file.Hash!)) ?? 0;
        for (var damaged = 0; ; damaged++)
        {
            var hash = await _patience.RunAsync(file.Name, AttemptAsync, onceWithoutConnection: false, cancellationToken).ConfigureAwait(false);
            if (hash == file.Hash)
            {
                return;
            }

            File.Delete(cache.Incomplete(file.Hash!));
            progress.Correct(-file.Size!.Value);
            if (damaged > 0)
            {
                throw HubErrors.Corrupted(
                    request,
                    file.Name,
                    $"twice its {file.Size} bytes came with another hash than the Hub states ({hash[..12]}… instead of {file.Hash![..12]}…)");
            }

            request.Say?.Invoke($"{file.Name}: what came has another hash than the Hub states; downloading it again");
        }

        async Task<string> AttemptAsync(CancellationToken token)
        {
            // A link of this name is nobody's download, and what it leads to is not ours to write.
            if (new FileInfo(cache.Incomplete(file.Hash!)).LinkTarget is not null)
            {
                File.Delete(cache.Incomplete(file.Hash!));
            }

            await using var output = new FileStream(cache.Incomplete(file.Hash!), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
            try
            {
                return await ContinueAsync(output, commit, file, token).ConfigureAwait(false);
            }
            catch (TransientFault fault) when (output.Length >= longest + WorthAnAttempt)
            {
                longest = output.Length;
                throw new TransientFault(fault.Message, fault) { Progressed = true, RetryAfter = fault.RetryAfter, RateLimited = fault.RateLimited };
            }
        }
    }

    // Returns the hash of the whole.
    private async Task<string> ContinueAsync(FileStream output, string commit, HubFile file, CancellationToken cancellationToken)
    {
        var size = file.Size!.Value;
        if (output.Length > size)
        {
            output.SetLength(0);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var hash = BlobHash.Begin(file.Hash!, size);
        try
        {
            while (await output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read && read > 0)
            {
                hash.Append(buffer.AsSpan(0, read));
            }

            if (output.Length < size)
            {
                using var response = await client.DownloadAsync(commit, file.Name, output.Length, cancellationToken).ConfigureAwait(false);
                if (!GoesOn(response, output.Length, size))
                {
                    progress.Correct(-output.Length);
                    output.SetLength(0);
                    hash.Dispose();
                    hash = BlobHash.Begin(file.Hash!, size);
                    if (response.StatusCode is not HttpStatusCode.OK)
                    {
                        throw new TransientFault("the server does not go on where the download ended; starting from the beginning");
                    }
                }

                await using var body = await client.OpenAsync(response, cancellationToken).ConfigureAwait(false);
                while (await client.ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false) is var read && read > 0)
                {
                    if (output.Length + read > size)
                    {
                        throw HubErrors.Corrupted(request, file.Name, $"more than the {size} bytes came that the Hub states");
                    }

                    hash.Append(buffer.AsSpan(0, read));
                    await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    progress.Add(read);
                }

                if (output.Length < size)
                {
                    throw new TransientFault($"it ended after {output.Length} of {size} bytes");
                }
            }

            output.Flush(flushToDisk: true);
            return hash.End();
        }
        finally
        {
            hash.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool GoesOn(HttpResponseMessage response, long from, long size)
    {
        if (response.StatusCode is not HttpStatusCode.PartialContent)
        {
            return from == 0 && response.StatusCode is HttpStatusCode.OK;
        }

        var range = response.Content.Headers.ContentRange;
        return range?.From == from && (range.Length is null || range.Length == size);
    }
}
