//! Files: named by the SHA-256 of their bytes, written once, never changed.
//!
//! They are written before the act that names them. If we die between the two, an object that no
//! row names stays behind: harmless, and the same one when the work is done again.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use issuance::FileHash;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};

use crate::StoreError;

/// The objects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Objects {
    inner: Arc<dyn ObjectStore>,
}

impl Objects {
    /// In a local folder, made when absent (mode 0700). A returned [`Objects::put`] is on the disk:
    /// `object_store` is told to fsync the file before it gets its name, and the folders after.
    ///
    /// # Errors
    /// The folder cannot be made or opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| StoreError::Objects(format!("{}: {error}", folder.display())))?;
        let local = LocalFileSystem::new_with_prefix(folder).map_err(failed)?.with_fsync(true);
        Ok(Self { inner: Arc::new(local) })
    }

    /// Writes and reads an object of its own, and sees that a name is never written twice. For the
    /// start of the service: a full disk or a folder of another user is noticed before it matters.
    ///
    /// # Errors
    /// What does not work.
    pub async fn self_test(&self) -> Result<(), StoreError> {
        let bytes = b"antin: start of the object store\n".to_vec();
        let hash = self.put(bytes.clone()).await?;
        if self.get(&hash).await? != bytes {
            return Err(StoreError::Objects("what was written is not what is read".into()));
        }
        let again = self.create(&hash, b"something else".to_vec()).await;
        match again {
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
            Ok(()) => Err(StoreError::Objects("an object can be written over".into())),
        }
    }

    /// Keeps these bytes; the same ones again are fine.
    ///
    /// # Errors
    /// They cannot be written, or something else stands under their name.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<FileHash, StoreError> {
        let hash = FileHash::of(&bytes);
        // If we die in here, a staged file stays behind, never a part of one under this name.
        match self.create(&hash, bytes).await {
            Ok(()) => Ok(hash),
            // Somebody was faster, or it is from an earlier try: read, it has to hash to its name.
            Err(object_store::Error::AlreadyExists { .. }) => self.get(&hash).await.map(|_| hash),
            Err(error) => Err(failed(error)),
        }
    }

    /// The bytes under this hash, which they have.
    ///
    /// # Errors
    /// Not there, not readable, or damaged.
    pub async fn get(&self, hash: &FileHash) -> Result<Vec<u8>, StoreError> {
        let read = self.inner.get(&path(hash)).await;
        let read = match read {
            Err(object_store::Error::NotFound { .. }) => {
                return Err(StoreError::NoObject(hash.to_string()));
            }
            read => read.map_err(failed)?,
        };
        let bytes = Vec::from(read.bytes().await.map_err(failed)?);
        if FileHash::of(&bytes) != *hash {
            return Err(StoreError::Objects(format!("object {hash} is damaged")));
        }
        Ok(bytes)
    }

    /// Whether it is there; its bytes are not read.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn has(&self, hash: &FileHash) -> Result<bool, StoreError> {
        match self.inner.head(&path(hash)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// The names of all objects, a folder at a time to `each`; orphans included.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self, mut each: impl FnMut(FileHash)) -> Result<(), StoreError> {
        let mut folders = vec![object_store::path::Path::default()];
        while let Some(folder) = folders.pop() {
            let found = self.inner.list_with_delimiter(Some(&folder)).await.map_err(failed)?;
            folders.extend(found.common_prefixes);
            let names = found.objects.iter().filter_map(|object| object.location.filename());
            names.filter_map(|name| name.parse().ok()).for_each(&mut each);
        }
        Ok(())
    }

    async fn create(&self, hash: &FileHash, bytes: Vec<u8>) -> Result<(), object_store::Error> {
        let options = PutOptions::from(PutMode::Create);
        self.inner.put_opts(&path(hash), PutPayload::from(bytes), options).await.map(drop)
    }
}

/// `ab/cd/abcd…`: folders stay small with millions of objects.
fn path(hash: &FileHash) -> object_store::path::Path {
    let name = hash.to_string();
    let part = |from, to| name.get(from..to).unwrap_or_default();
    object_store::path::Path::from(format!("{}/{}/{name}", part(0, 2), part(2, 4)))
}

fn failed(error: object_store::Error) -> StoreError {
    let text = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull) {
            return StoreError::Full(text);
        }
        cause = error.source();
    }
    StoreError::Objects(text)
}
