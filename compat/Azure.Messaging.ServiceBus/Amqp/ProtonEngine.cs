using System.Runtime.InteropServices;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>Proton's connection driver: bytes in, bytes out, events. For one thread at a time.</summary>
internal sealed unsafe class ProtonEngine : IDisposable
{
    private readonly Proton.Driver* _driver;

    /// <exception cref="ServiceBusException">The engine could not be started.</exception>
    public ProtonEngine()
    {
        _driver = (Proton.Driver*)NativeMemory.AllocZeroed((nuint)sizeof(Proton.Driver));
        if (Proton.pn_connection_driver_init(_driver, 0, 0) != 0)
            throw new ServiceBusException("Proton could not be started", ServiceBusFailureReason.GeneralError);
    }

    public nint Connection => _driver->Connection;

    public nint Transport => _driver->Transport;

    /// <summary>Nothing more will be read, written or reported.</summary>
    public bool IsFinished => Proton.pn_connection_driver_finished(_driver);

    /// <summary>The next event, valid until the next call; 0: none.</summary>
    public nint NextEvent() => Proton.pn_connection_driver_next_event(_driver);

    /// <summary>What is to be written now; empty: nothing.</summary>
    public byte[] TakeOutput() => Proton.pn_connection_driver_write_buffer(_driver).Span.ToArray();

    public void OutputDone(int count) => Proton.pn_connection_driver_write_done(_driver, (nuint)count);

    /// <param name="input">What was read; empty: the other side closed.</param>
    /// <returns>How much was taken.</returns>
    public int TakeInput(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            Proton.pn_connection_driver_read_close(_driver);
            Proton.pn_connection_driver_write_close(_driver);
            return 0;
        }
        var room = Proton.pn_connection_driver_read_buffer_sized(_driver, (nuint)input.Length);
        var count = Math.Min((int)room.Size, input.Length);
        if (count == 0)
            return input.Length; // The engine has closed its end.
        input[..count].CopyTo(new Span<byte>(room.Start, count));
        Proton.pn_connection_driver_read_done(_driver, (nuint)count);
        return count;
    }

    public void Dispose()
    {
        Proton.pn_connection_driver_destroy(_driver);
        NativeMemory.Free(_driver);
    }
}
