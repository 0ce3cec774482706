using System.Runtime.InteropServices;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>The calls into Apache Qpid Proton's protocol engine. It does no I/O and is used by one thread at a time.</summary>
internal static unsafe partial class Proton
{
    public const ulong Received = 0x23;
    public const ulong Accepted = 0x24;
    public const ulong Rejected = 0x25;
    public const ulong Released = 0x26;
    public const ulong Modified = 0x27;

    /// <summary>Result of an encoder whose buffer is too small.</summary>
    public const int Overflow = -3;

    private const string Library = "libqpid-proton-core.so.10";

    [StructLayout(LayoutKind.Sequential)]
    public struct Bytes
    {
        public nuint Size;
        public byte* Start;

        public readonly ReadOnlySpan<byte> Span => new(Start, checked((int)Size));
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Driver
    {
        public nint Connection;
        public nint Transport;
        public nint Collector;
    }

    /// <summary>An AMQP UUID, in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Uuid
    {
        public ulong First;
        public ulong Second;
    }

    public enum Event
    {
        ConnectionInit = 5,
        ConnectionBound,
        ConnectionUnbound,
        ConnectionLocalOpen,
        ConnectionRemoteOpen,
        ConnectionLocalClose,
        ConnectionRemoteClose,
        ConnectionFinal,
        SessionInit,
        SessionLocalOpen,
        SessionRemoteOpen,
        SessionLocalClose,
        SessionRemoteClose,
        SessionFinal,
        LinkInit,
        LinkLocalOpen,
        LinkRemoteOpen,
        LinkLocalClose,
        LinkRemoteClose,
        LinkLocalDetach,
        LinkRemoteDetach,
        LinkFlow,
        LinkFinal,
        Delivery,
        Transport,
        TransportAuthenticated,
        TransportError,
        TransportHeadClosed,
        TransportTailClosed,
        TransportClosed,
    }

    public enum Type
    {
        Null = 1, Bool, UByte, Byte, UShort, Short, UInt, Int, Char, ULong, Long, Timestamp, Float, Double,
        Decimal32, Decimal64, Decimal128, Uuid, Binary, String, Symbol, Described, Array, List, Map,
    }

    // Connection driver
    [LibraryImport(Library)] public static partial int pn_connection_driver_init(Driver* driver, nint connection, nint transport);
    [LibraryImport(Library)] public static partial void pn_connection_driver_destroy(Driver* driver);
    [LibraryImport(Library)] public static partial Bytes pn_connection_driver_read_buffer_sized(Driver* driver, nuint size);
    [LibraryImport(Library)] public static partial void pn_connection_driver_read_done(Driver* driver, nuint size);
    [LibraryImport(Library)] public static partial void pn_connection_driver_read_close(Driver* driver);
    [LibraryImport(Library)] public static partial Bytes pn_connection_driver_write_buffer(Driver* driver);
    [LibraryImport(Library)] public static partial Bytes pn_connection_driver_write_done(Driver* driver, nuint size);
    [LibraryImport(Library)] public static partial void pn_connection_driver_write_close(Driver* driver);
    [LibraryImport(Library)] public static partial nint pn_connection_driver_next_event(Driver* driver);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_connection_driver_finished(Driver* driver);

    // Events
    [LibraryImport(Library)] public static partial Event pn_event_type(nint e);
    [LibraryImport(Library)] public static partial nint pn_event_link(nint e);
    [LibraryImport(Library)] public static partial nint pn_event_session(nint e);
    [LibraryImport(Library)] public static partial nint pn_event_delivery(nint e);

    // Connection, transport, session
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_connection_set_container(nint connection, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_connection_set_hostname(nint connection, string name);
    [LibraryImport(Library)] public static partial void pn_connection_open(nint connection);
    [LibraryImport(Library)] public static partial void pn_connection_close(nint connection);
    [LibraryImport(Library)] public static partial nint pn_connection_remote_condition(nint connection);
    [LibraryImport(Library)] public static partial nint pn_transport_condition(nint transport);
    [LibraryImport(Library)] public static partial void pn_transport_set_idle_timeout(nint transport, uint milliseconds);
    [LibraryImport(Library)] public static partial void pn_transport_set_max_frame(nint transport, uint size);
    [LibraryImport(Library)] public static partial long pn_transport_tick(nint transport, long now);
    [LibraryImport(Library)] public static partial nint pn_sasl(nint transport);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_sasl_allowed_mechs(nint sasl, string mechanisms);
    [LibraryImport(Library)] public static partial nint pn_session(nint connection);
    [LibraryImport(Library)] public static partial void pn_session_open(nint session);
    [LibraryImport(Library)] public static partial void pn_session_close(nint session);
    [LibraryImport(Library)] public static partial nint pn_session_remote_condition(nint session);

    // Links
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint pn_sender(nint session, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint pn_receiver(nint session, string name);
    [LibraryImport(Library)] public static partial void pn_link_open(nint link);
    [LibraryImport(Library)] public static partial void pn_link_close(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_session(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_source(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_target(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_remote_source(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_remote_target(nint link);
    [LibraryImport(Library)] public static partial nint pn_link_remote_condition(nint link);
    [LibraryImport(Library)] public static partial int pn_link_credit(nint link);
    [LibraryImport(Library)] public static partial void pn_link_flow(nint link, int credit);
    [LibraryImport(Library)] public static partial void pn_link_drain(nint link, int credit);
    [LibraryImport(Library)] public static partial void pn_link_set_snd_settle_mode(nint link, int mode);
    [LibraryImport(Library)] public static partial void pn_link_set_rcv_settle_mode(nint link, int mode);
    [LibraryImport(Library)] public static partial nint pn_link_send(nint link, byte* bytes, nuint size);
    [LibraryImport(Library)] public static partial nint pn_link_recv(nint link, byte* bytes, nuint size);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_link_advance(nint link);
    [LibraryImport(Library)] public static partial int pn_terminus_get_type(nint terminus);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_terminus_set_address(nint terminus, string address);

    // Deliveries
    [LibraryImport(Library)] public static partial nint pn_delivery(nint link, Bytes tag);
    [LibraryImport(Library)] public static partial Bytes pn_delivery_tag(nint delivery);
    [LibraryImport(Library)] public static partial nint pn_delivery_link(nint delivery);
    [LibraryImport(Library)] public static partial nint pn_delivery_local(nint delivery);
    [LibraryImport(Library)] public static partial nint pn_delivery_remote(nint delivery);
    [LibraryImport(Library)] public static partial ulong pn_delivery_remote_state(nint delivery);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_delivery_settled(nint delivery);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_delivery_readable(nint delivery);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_delivery_partial(nint delivery);
    [LibraryImport(Library)] public static partial nuint pn_delivery_pending(nint delivery);
    [LibraryImport(Library)] public static partial void pn_delivery_update(nint delivery, ulong state);
    [LibraryImport(Library)] public static partial void pn_delivery_settle(nint delivery);
    [LibraryImport(Library)] public static partial nint pn_disposition_condition(nint disposition);

    // Conditions
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_condition_is_set(nint condition);
    [LibraryImport(Library)] public static partial nint pn_condition_get_name(nint condition);
    [LibraryImport(Library)] public static partial nint pn_condition_get_description(nint condition);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_condition_set_name(nint condition, string name);
    [LibraryImport(Library)] public static partial nint pn_condition_info(nint condition);

    // Messages
    [LibraryImport(Library)] public static partial nint pn_message();
    [LibraryImport(Library)] public static partial void pn_message_free(nint message);
    [LibraryImport(Library)] public static partial void pn_message_set_inferred(nint message, [MarshalAs(UnmanagedType.I1)] bool inferred);
    [LibraryImport(Library)] public static partial void pn_message_set_durable(nint message, [MarshalAs(UnmanagedType.I1)] bool durable);
    [LibraryImport(Library)] public static partial uint pn_message_get_delivery_count(nint message);
    [LibraryImport(Library)] public static partial nint pn_message_id(nint message);
    [LibraryImport(Library)] public static partial nint pn_message_correlation_id(nint message);
    [LibraryImport(Library)] public static partial nint pn_message_get_subject(nint message);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_message_set_subject(nint message, string? subject);
    [LibraryImport(Library)] public static partial nint pn_message_get_content_type(nint message);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_message_set_content_type(nint message, string? type);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void pn_message_set_reply_to(nint message, string? address);
    [LibraryImport(Library)] public static partial nint pn_message_annotations(nint message);
    [LibraryImport(Library)] public static partial nint pn_message_properties(nint message);
    [LibraryImport(Library)] public static partial nint pn_message_body(nint message);
    [LibraryImport(Library)] public static partial int pn_message_decode(nint message, byte* bytes, nuint size);
    [LibraryImport(Library)] public static partial int pn_message_encode(nint message, byte* bytes, ref nuint size);

    // Data
    [LibraryImport(Library)] public static partial void pn_data_clear(nint data);
    [LibraryImport(Library)] public static partial void pn_data_rewind(nint data);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_data_next(nint data);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_data_enter(nint data);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_data_exit(nint data);
    [LibraryImport(Library)] public static partial Type pn_data_type(nint data);
    [LibraryImport(Library)] public static partial void pn_data_put_list(nint data);
    [LibraryImport(Library)] public static partial void pn_data_put_map(nint data);
    [LibraryImport(Library)] public static partial void pn_data_put_array(nint data, [MarshalAs(UnmanagedType.I1)] bool described, Type type);
    [LibraryImport(Library)] public static partial void pn_data_put_null(nint data);
    [LibraryImport(Library)] public static partial void pn_data_put_bool(nint data, [MarshalAs(UnmanagedType.I1)] bool value);
    [LibraryImport(Library)] public static partial void pn_data_put_uint(nint data, uint value);
    [LibraryImport(Library)] public static partial void pn_data_put_int(nint data, int value);
    [LibraryImport(Library)] public static partial void pn_data_put_long(nint data, long value);
    [LibraryImport(Library)] public static partial void pn_data_put_double(nint data, double value);
    [LibraryImport(Library)] public static partial void pn_data_put_timestamp(nint data, long milliseconds);
    [LibraryImport(Library)] public static partial void pn_data_put_uuid(nint data, Uuid value);
    [LibraryImport(Library)] public static partial void pn_data_put_binary(nint data, Bytes value);
    [LibraryImport(Library)] public static partial void pn_data_put_string(nint data, Bytes value);
    [LibraryImport(Library)] public static partial void pn_data_put_symbol(nint data, Bytes value);
    [LibraryImport(Library)] public static partial nuint pn_data_get_list(nint data);
    [LibraryImport(Library)] public static partial nuint pn_data_get_map(nint data);
    [LibraryImport(Library)] public static partial nuint pn_data_get_array(nint data);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.I1)] public static partial bool pn_data_get_bool(nint data);
    [LibraryImport(Library)] public static partial byte pn_data_get_ubyte(nint data);
    [LibraryImport(Library)] public static partial sbyte pn_data_get_byte(nint data);
    [LibraryImport(Library)] public static partial ushort pn_data_get_ushort(nint data);
    [LibraryImport(Library)] public static partial short pn_data_get_short(nint data);
    [LibraryImport(Library)] public static partial uint pn_data_get_uint(nint data);
    [LibraryImport(Library)] public static partial int pn_data_get_int(nint data);
    [LibraryImport(Library)] public static partial ulong pn_data_get_ulong(nint data);
    [LibraryImport(Library)] public static partial long pn_data_get_long(nint data);
    [LibraryImport(Library)] public static partial long pn_data_get_timestamp(nint data);
    [LibraryImport(Library)] public static partial float pn_data_get_float(nint data);
    [LibraryImport(Library)] public static partial double pn_data_get_double(nint data);
    [LibraryImport(Library)] public static partial Uuid pn_data_get_uuid(nint data);
    [LibraryImport(Library)] public static partial Bytes pn_data_get_bytes(nint data);
}
