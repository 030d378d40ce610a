"""The gRPC side of a service: server, interceptor, errors, masks. Only here, in rpc.py and in server.py is grpc imported."""
