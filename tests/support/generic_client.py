"""A client that knows nothing of hotline but its address: all comes through reflection.

    client = Generic(channel)
    client.call("hotline.v1.IntakeService/ReceiveOrder", {...}, person="c01")   # dicts, as in JSON
"""
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from hotline_server import wire_fields

BY_FILE, BY_SYMBOL, LIST = 3, 4, 7  # ServerReflectionRequest
FILES, SERVICES, ERROR = 4, 6, 7    # ServerReflectionResponse


def field(number, text):
    data = text.encode()
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


class Generic:
    def __init__(self, channel, reflection="grpc.reflection.v1.ServerReflection"):
        self.channel = channel
        self.ask = channel.stream_stream(f"/{reflection}/ServerReflectionInfo")
        self.pool, self.loaded = descriptor_pool.DescriptorPool(), set()

    def reflect(self, kind, text):
        """The fields of one answer."""
        answer = dict(wire_fields(next(iter(self.ask(iter([field(kind, text)]))))))
        assert ERROR not in answer, answer[ERROR]
        return answer

    def services(self):
        listed = wire_fields(self.reflect(LIST, "*")[SERVICES])
        return sorted(dict(wire_fields(service))[1].decode() for _, service in listed)

    def load(self, kind, text):
        """The file and those it imports, imports first."""
        for _, data in wire_fields(self.reflect(kind, text)[FILES]):
            self.add(descriptor_pb2.FileDescriptorProto.FromString(data))

    def add(self, file):
        if file.name in self.loaded:
            return
        self.loaded.add(file.name)
        for needed in file.dependency:
            if needed not in self.loaded:
                self.load(BY_FILE, needed)
        self.pool.Add(file)

    def call(self, method, content, person=None):
        service, name = method.split("/")
        self.load(BY_SYMBOL, service)
        found = self.pool.FindServiceByName(service).methods_by_name[name]
        factory = message_factory.MessageFactory(self.pool)
        request = json_format.ParseDict(content, factory.GetPrototype(found.input_type)())
        answer = self.channel.unary_unary(
            f"/{method}", request_serializer=type(request).SerializeToString,
            response_deserializer=factory.GetPrototype(found.output_type).FromString)(
                request, timeout=30, metadata=[("hotline-person", person)] if person else None)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True,
                                         descriptor_pool=self.pool)
