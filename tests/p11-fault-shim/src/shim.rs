#![allow(unsafe_code)]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cryptoki_sys::*;

use crate::{CONTROL, MODULE, calls_path};

/// What `C_GetFunctionList` hands out, and what lies below.
struct Lists {
    mine: CK_FUNCTION_LIST,
    below: CK_FUNCTION_LIST,
}

static LISTS: OnceLock<Option<Lists>> = OnceLock::new();

/// Signatures asked for in this process.
static SIGNATURES: AtomicU64 = AtomicU64::new(0);

/// The one symbol that a PKCS#11 module must export.
///
/// # Safety
/// `list` must be null or point to writable memory for one pointer, as PKCS#11 §5.4 demands of the caller.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let Some(lists) = LISTS.get_or_init(load) else { return CKR_GENERAL_ERROR };
    if list.is_null() {
        return CKR_ARGUMENTS_BAD;
    }
    // SAFETY: not null, and writable by the caller's promise. The list lives in a static and is only read through the
    // pointer, as PKCS#11 allows callers.
    unsafe { *list = std::ptr::from_ref(&lists.mine).cast_mut() };
    CKR_OK
}

fn load() -> Option<Lists> {
    let path = std::env::var_os(MODULE)?;
    // SAFETY: a PKCS#11 module named by the test; its initialisers are those of any shared library.
    let library = unsafe { libloading::Library::new(path) }.ok()?;
    let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
    {
        type GetFunctionList = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;
        // SAFETY: the type of this symbol is fixed by PKCS#11.
        let get: libloading::Symbol<'_, GetFunctionList> =
            unsafe { library.get(b"C_GetFunctionList\0") }.ok()?;
        // SAFETY: a valid pointer to a pointer.
        if unsafe { get(&raw mut list) } != CKR_OK || list.is_null() {
            return None;
        }
    }
    // SAFETY: the module returned CKR_OK, so this is its function list; copied, since ours differs.
    let below = unsafe { *list };
    // Never unloaded: both lists point into it.
    std::mem::forget(library);
    let mut mine = below;
    mine.C_GetFunctionList = Some(C_GetFunctionList);
    mine.C_GetSlotList = Some(get_slot_list);
    mine.C_GetTokenInfo = Some(get_token_info);
    mine.C_GetMechanismList = Some(get_mechanism_list);
    mine.C_Login = Some(login);
    mine.C_FindObjectsInit = Some(find_objects_init);
    mine.C_GetAttributeValue = Some(get_attribute_value);
    mine.C_Sign = Some(sign);
    mine.C_SignFinal = Some(sign_final);
    Some(Lists { mine, below })
}

/// Calls the same function of the module below.
macro_rules! below {
    ($function:ident($($argument:expr),*)) => {
        match LISTS.get().and_then(Option::as_ref).and_then(|lists| lists.below.$function) {
            // SAFETY: the arguments are the caller's own, passed on as they came (or ours, valid for the call).
            Some(function) => unsafe { function($($argument),*) },
            None => CKR_FUNCTION_NOT_SUPPORTED,
        }
    };
}

unsafe extern "C" fn get_slot_list(
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    if present == CK_TRUE && fault("slots").as_deref() == Some("empty") && !count.is_null() {
        // SAFETY: not null, and writable by the caller's promise.
        unsafe { *count = 0 };
        return CKR_OK;
    }
    below!(C_GetSlotList(present, slots, count))
}

unsafe extern "C" fn get_token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    let result = below!(C_GetTokenInfo(slot, info));
    if result != CKR_OK || info.is_null() {
        return result;
    }
    let told = match fault("flags").as_deref() {
        Some("count_low") => CKF_USER_PIN_COUNT_LOW,
        Some("final_try") => CKF_USER_PIN_FINAL_TRY,
        Some("locked") => CKF_USER_PIN_LOCKED,
        _ => 0,
    };
    let reader = if fault("reader").as_deref() == Some("pin_pad") {
        CKF_PROTECTED_AUTHENTICATION_PATH
    } else {
        0
    };
    // SAFETY: the module below has just filled it.
    unsafe { (*info).flags |= told | reader };
    CKR_OK
}

unsafe extern "C" fn get_mechanism_list(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    const RAW: [CK_MECHANISM_TYPE; 3] = [CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_ECDSA];
    if fault("mechanisms").as_deref() != Some("raw") || count.is_null() {
        return below!(C_GetMechanismList(slot, list, count));
    }
    if !list.is_null() {
        // SAFETY: the caller promises room for `*count` entries.
        if unsafe { *count } < RAW.len() as CK_ULONG {
            return CKR_BUFFER_TOO_SMALL;
        }
        // SAFETY: room was just checked; the source is ours.
        unsafe { std::ptr::copy_nonoverlapping(RAW.as_ptr(), list, RAW.len()) };
    }
    // SAFETY: not null, and writable by the caller's promise.
    unsafe { *count = RAW.len() as CK_ULONG };
    CKR_OK
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    note("C_Login");
    match fault("login").as_deref() {
        Some("pin_incorrect") => CKR_PIN_INCORRECT,
        Some("pin_locked") => CKR_PIN_LOCKED,
        Some("pin_expired") => CKR_PIN_EXPIRED,
        _ => below!(C_Login(session, user, pin, length)),
    }
}

unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    note("C_FindObjectsInit");
    below!(C_FindObjectsInit(session, template, count))
}

unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let result = below!(C_GetAttributeValue(session, object, template, count));
    if result != CKR_OK
        || count != 1
        || template.is_null()
        || fault("key").as_deref() != Some("always_authenticate")
    {
        return result;
    }
    // SAFETY: one attribute by `count`, filled by the module below.
    let attribute = unsafe { &*template };
    if attribute.type_ == CKA_ALWAYS_AUTHENTICATE
        && attribute.ulValueLen == 1
        && !attribute.pValue.is_null()
    {
        // SAFETY: the module below has just written one byte there.
        unsafe { *attribute.pValue.cast::<CK_BBOOL>() = CK_TRUE };
    }
    CKR_OK
}

unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    // Without a buffer the caller only asks how long the signature will be.
    if signature.is_null() {
        return below!(C_Sign(session, data, data_length, signature, length));
    }
    match before_signature() {
        Fault::Return(result) => result,
        Fault::None => below!(C_Sign(session, data, data_length, signature, length)),
        Fault::WrongValue => {
            let result = below!(C_Sign(session, data, data_length, signature, length));
            // SAFETY: the module below has filled the buffer if it says CKR_OK.
            unsafe { spoil(result, signature, length) }
        }
    }
}

unsafe extern "C" fn sign_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    if signature.is_null() {
        return below!(C_SignFinal(session, signature, length));
    }
    match before_signature() {
        Fault::Return(result) => result,
        Fault::None => below!(C_SignFinal(session, signature, length)),
        Fault::WrongValue => {
            let result = below!(C_SignFinal(session, signature, length));
            // SAFETY: the module below has filled the buffer if it says CKR_OK.
            unsafe { spoil(result, signature, length) }
        }
    }
}

enum Fault {
    None,
    Return(CK_RV),
    WrongValue,
}

fn before_signature() -> Fault {
    note("C_Sign");
    let number = SIGNATURES.fetch_add(1, Ordering::SeqCst) + 1;
    let Some(value) = fault("sign") else { return Fault::None };
    let mut words = value.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let from = words.find_map(|word| word.strip_prefix("after:")?.parse().ok()).unwrap_or(0);
    if number < from {
        return Fault::None;
    }
    match kind {
        "device_removed" => Fault::Return(CKR_DEVICE_REMOVED),
        "session_invalid" => Fault::Return(CKR_SESSION_HANDLE_INVALID),
        "device_error" => Fault::Return(CKR_DEVICE_ERROR),
        "wrong_value" => Fault::WrongValue,
        slow => {
            if let Some(milliseconds) = slow.strip_prefix("slow:").and_then(|ms| ms.parse().ok()) {
                std::thread::sleep(Duration::from_millis(milliseconds));
            }
            Fault::None
        }
    }
}

/// Flips the last bit of a signature that was made.
///
/// # Safety
/// If `result` is `CKR_OK`, `signature` holds `*length` bytes.
unsafe fn spoil(result: CK_RV, signature: *mut CK_BYTE, length: *const CK_ULONG) -> CK_RV {
    if result != CKR_OK || length.is_null() {
        return result;
    }
    // SAFETY: not null, and set by the module below.
    let length = unsafe { *length } as usize;
    if length > 0 {
        // SAFETY: inside the signature by the caller's promise.
        unsafe { *signature.add(length - 1) ^= 1 };
    }
    result
}

/// The value of one line of the control file.
fn fault(name: &str) -> Option<String> {
    let text = fs::read_to_string(std::env::var_os(CONTROL)?).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    lines.find_map(|(key, value)| (key.trim() == name).then(|| value.trim().to_owned()))
}

fn note(function: &str) {
    let Some(control) = std::env::var_os(CONTROL) else { return };
    let file = OpenOptions::new().append(true).create(true).open(calls_path(Path::new(&control)));
    if let Ok(mut file) = file {
        // A test that counts calls sees one fewer; nothing else depends on it.
        let _ = writeln!(file, "{function}");
    }
}
