// Turns the C++ exception in flight into the Python exception of dlib_net.errors that fits it.
#pragma once

#include <Python.h>

#include "net.hpp"

namespace dlib_net {

inline void set_python_error(const char* name, const char* message) {
    PyObject* module = PyImport_ImportModule("dlib_net.errors");
    if (!module) return;  // the import's own error is set
    PyObject* type = PyObject_GetAttrString(module, name);
    Py_DECREF(module);
    if (!type) return;
    PyErr_SetString(type, message);
    Py_DECREF(type);
}

inline void raise_python_error() {
    try {
        throw;
    } catch (const error& e) {
        switch (e.kind) {
            case error_kind::memory: set_python_error("DeviceMemoryError", e.what()); return;
            case error_kind::not_finite: set_python_error("NonFiniteLossError", e.what()); return;
            case error_kind::refused: set_python_error("DlibError", e.what()); return;
        }
    } catch (const std::bad_alloc&) {
        set_python_error("DeviceMemoryError", "out of memory on the host");
    } catch (const std::exception& e) {
        set_python_error("DlibError", e.what());
    } catch (...) {
        set_python_error("DlibError", "unknown failure in native code");
    }
}

}  // namespace dlib_net
