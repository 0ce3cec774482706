namespace Vfi.Pipeline.Interpolation;

/// <summary>Spreads bands of rows over threads.</summary>
internal static class RowParallel
{
    /// <summary>Rows a band: small enough to balance, large enough that what a band prepares is used often.</summary>
    private const int BandRows = 48;

    /// <summary>Calls <paramref name="band"/> with [first, end) for all rows; returns when all are done.</summary>
    public static void For(int rows, int threads, Action<int, int> band)
    {
        var bands = (rows + BandRows - 1) / BandRows;
        if (threads <= 1 || bands <= 1)
        {
            band(0, rows);
            return;
        }
        Parallel.For(0, bands, new ParallelOptions { MaxDegreeOfParallelism = threads },
            b => band(b * BandRows, Math.Min(rows, (b + 1) * BandRows)));
    }
}
